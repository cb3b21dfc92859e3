"""The model's files: a damaged, missing or foreign one stops the reader before it says anything wrong."""

import ast
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from core.config.plugins import ROOT
from core.config.word_lists import locale_folder, locale_words
from core.errors import ModelError
from nlp.annotator import Annotator
from nlp.inference.model_files import DEFAULT, MODELS, RULES, load_weights
from tests.support.nlp_facts import madrid

RULES_IN = (
    "text/sanitize",
    "text/injection/patterns",
    "text/injection/lexicon",
    "questions/places/spans",
    "questions/places/tagger",
    "questions/places/boundaries",
    "questions/places/__init__",
    "questions/actionable/__init__",
    "questions/intent/__init__",
    "questions/sentiment/__init__",
    "questions/topic/__init__",
    "text/ngrams",
    "inference/short_posts",
    "inference/windows",
    "questions/spam/__init__",
    "questions/spam/features",
    "questions/language/__init__",
    "questions/language/lexicon",
    "text/lexicon",
    "questions/relevance/__init__",
    "questions/relevance/features",
    "questions/relevance/lexicon",
)
GAZETTEER = ("", "finding", "loading")
"""Folders of gazetteer/ whose code decides which words are a place, and which."""
WORDS_IN = ("name_boundaries", "names", "place_types", "regional_languages", "relevance", "spam")
"""Word lists of locales/es_ES that the rules use."""
TABLES = ("gazetteer/finding/place_weights.json", "nlp/text/injection/words.toml")
"""Learned weights and words that the code reads."""
WITH_THESE_FILES = {13: "c13419463973"}
"""By number of the rules: digest of the code and word lists that hold them; the files of a city have a digest of their own."""
FILES = ("encoder.onnx", "tagger.onnx", "heads.safetensors", "tokenizer.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS / DEFAULT, tmp_path / "model"))


def test_the_rules_beside_the_weights_have_the_number_of_what_they_are() -> None:
    """Where they were changed: if any text may get another label, raise `model_files.RULES`; then write the new digest here."""
    code = [code_of(MODELS.parent / f"{name}.py") for name in RULES_IN]
    code += [code_of(path) for folder in GAZETTEER for path in sorted((ROOT / "gazetteer" / folder).glob("*.py"))]
    words = [locale_folder().joinpath("towns.txt").read_text(encoding="utf-8")]
    words += [(ROOT / name).read_text(encoding="utf-8") for name in TABLES]
    words += [json.dumps(locale_words(name), sort_keys=True) for name in WORDS_IN]
    digest = hashlib.sha256("".join([*code, *words]).encode())
    assert {RULES: digest.hexdigest()[:12]} == WITH_THESE_FILES


def code_of(path: Path) -> str:
    """The code without what changes no label: imports, docstrings, comments and layout."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [one for one in node.body if not is_prose(one)] or [ast.Pass()]
    return ast.dump(tree)


def is_prose(node: ast.stmt) -> bool:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return is_text or isinstance(node, (ast.Import, ast.ImportFrom))


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_refuses_to_start_and_names_the_file(folder: Path, name: str) -> None:
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(ModelError, match=rf"{name}: damaged.*git checkout"):
        Annotator(madrid(), folder)


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_refuses_to_start_and_names_the_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}.*git checkout"):
        Annotator(madrid(), folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": 1}', "\ud7ff"], ids=["empty", "cut", "list", "other", "noise"])
def test_a_manifest_that_is_none_refuses_to_start(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest\.json: not a manifest of a model"):
        load_weights(folder)


def test_a_manifest_with_the_labels_of_a_head_in_another_order_refuses_to_start(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["heads"]["sentiment"]["labels"].reverse()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest\.json: head 'sentiment' must have the labels negative, neutral, positive"):
        load_weights(folder)


def test_heads_written_in_another_order_than_the_manifest_refuse_to_start(folder: Path) -> None:
    path = folder / "heads.safetensors"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    order = {head: ",".join(fitted["labels"]) for head, fitted in manifest["heads"].items()}
    order["places"] = ",".join(manifest["places"]["labels"])
    order["intent"] = ",".join(reversed(order["intent"].split(",")))
    save_file(load_file(path), path, metadata=order)
    manifest["files"][path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match=r"heads\.safetensors: head 'intent' has its labels in another order"):
        load_weights(folder)


def test_the_model_says_name_and_revision_and_changes_the_revision_with_its_content(folder: Path) -> None:
    before = load_weights(folder).model
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["actionable_from"] = 0.99
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    after = load_weights(folder).model
    assert before.startswith(f"{DEFAULT}@")
    assert re.fullmatch(rf"[0-9a-f]{{12}}\.{RULES}", before.split("@")[1])
    assert before != after


def test_the_model_in_the_repository_is_at_most_60_mb_and_holds_no_pickle() -> None:
    files = [path for path in MODELS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 60_000_000
    assert {path.suffix for path in files} <= {".json", ".onnx", ".safetensors"}
