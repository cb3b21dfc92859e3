"""What the reader must not do twice, and the shortcuts that must change nothing: counted calls and plain definitions, no clock."""

import hashlib
import json
import random
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ModelError
from gazetteer import Gazetteer
from gazetteer.finding.spans import after_phrase, bare_span, may_begin, typed_span
from gazetteer.finding.tokens import tokenise
from gazetteer.gazetteer import Found
from gazetteer.names import folded_words, split_tokens
from gazetteer.place_types import place_types_of
from nlp.annotator import Annotator
from nlp.inference.encoder import window_of
from nlp.inference.model_files import DEFAULT, MODELS
from nlp.inference.tokenizer import MAX_TOKENS, load_tokenizer, open_tokenizer
from nlp.questions.language import lexicon as language_words
from nlp.questions.language.lexicon import FUNCTION_WORDS, SPELLINGS, language_evidence
from nlp.questions.places import spans
from nlp.questions.places.spans import OUTSIDE, extract_spans
from nlp.questions.relevance import lexicon as relevance_words
from nlp.text import lexicon, sanitize
from nlp.text.lexicon import Lexicon, fold_text, look_up
from nlp.text.sanitize import without_injections
from tests.support.nlp_facts import ROOT, TEXTS, madrid, post

GOLD = ROOT / "tests" / "gold"


def gold(every: int) -> list[str]:
    """Every so many texts of the gold files, and some that break rules."""
    rows = [line for path in sorted(GOLD.glob("**/*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for row in rows[::every] if isinstance(text := json.loads(row).get("text"), str)]
    assert len(texts) > 100
    return [*TEXTS, *texts, "", "</s> <s> <pad>", "l'al·lucinació, l’ñ d'una Œuvre''s", "İıſß ¿¡¿ \u0301a\u0301", "ñ" * 60, "xǅ Ⅷ Ⓐ"]


def noise(count: int) -> list[str]:
    """Texts of letters, marks and endings in any order."""
    dice = random.Random(11)  # noqa: S311
    parts = [
        *"aeioulnstxñçãõàèìêßüœ·'’¿¡ .,1_-",
        "ción",
        "ció",
        "ny",
        "sch",
        "ung",
        "ak",
        "l'",
        "qu'",
        "zione",
        "eiros",
        "ée",
        "ggi",
        "kkk",
        "l·l",
    ]
    return ["".join(dice.choices(parts, k=dice.randint(1, 60))) for _ in range(count)]


def plain_give_away(text: str) -> dict[str, float]:
    """The definition: every pattern over the whole text, an ending sought from every letter."""
    lower = text.lower()
    found = dict.fromkeys(FUNCTION_WORDS, 0.0)
    for word in set(language_words._WORD.findall(lower)):
        for code, small in FUNCTION_WORDS.items():
            found[code] += word in small.split()
    for code, pattern in SPELLINGS.items():
        found[code] += len(set(re.findall(pattern.replace(r"(?<!\w)", ""), lower))) / 2
    return found


def test_what_gives_a_language_away_chunk_by_chunk_is_what_gives_it_away_in_the_whole_text() -> None:
    for text in [*gold(9), *noise(2000)]:
        assert language_evidence(text) == plain_give_away(text), text


def test_an_ending_is_sought_once_a_word() -> None:
    """Sought from every letter, endings cost the square of a word: 2.3 s for 5,000 letters, and a post may have 100,000."""
    assert all(re.findall(r"(?:^|\|)\\w[*+]", pattern) == [] for pattern in SPELLINGS.values())
    assert language_evidence("z" * 100_000) == dict.fromkeys(FUNCTION_WORDS, 0.0)


def test_the_words_of_a_lexicon_are_those_of_its_definition() -> None:
    lists = {name.lower(): getattr(relevance_words, name) for name in ("SERVICES", "COUNCIL", "LIFE", "SPORT", "TRADE", "LANDS")}
    known = Lexicon.of({**lists, "elsewhere": relevance_words.TOWNS, "near": ("semana grande", "grande", "sema*")})
    for text in [*gold(9), *noise(300), "la calle de Toledo y Toledo", "Semana Grande, semanas grandes"]:
        said = lexicon._WORD.findall(fold_text(text))
        found = set()
        for at in range(len(said)):
            for length in range(1, min(known.longest.get(said[at], 1), len(said) - at) + 1):
                phrase = " ".join(said[at : at + length])
                kinds = [*known.whole.get(phrase, ()), *lexicon._by_stem(known, phrase, said[at + length - 1])]
                found |= {(kind, phrase) for kind in kinds if kind != "elsewhere" or not lexicon._is_street(said, at)}
        assert look_up(known, fold_text(text)) == Counter(kind for kind, _ in found), text


def test_a_word_that_is_passed_over_begins_no_place() -> None:
    gazetteer = Gazetteer.load(ROOT / "cities" / "madrid")
    types, passed = place_types_of(ROOT / "cities" / "madrid"), 0
    for text in gold(9):
        read = tokenise(text)
        for at, token in enumerate(read.tokens):
            if not may_begin(token.word, gazetteer.tree, types):
                passed += 1
                assert typed_span(read, at, gazetteer.tree, types) is None
                assert bare_span(read, at, gazetteer.tree, frozenset()) is None
                assert after_phrase(read, at, types) == at
    assert passed > 1000


def test_the_words_of_a_name_are_those_of_its_tokens() -> None:
    for text in [*gold(9), *noise(300), "ñ" * 39 + " " + "ñ" * 40]:
        assert folded_words(text) == tuple(token.word for token in split_tokens(text))


def test_stretches_are_those_of_the_mean_in_32_bits() -> None:
    """The mean of a word's pieces is taken in numpy only where its last bit counts."""
    dice = np.random.default_rng(3)
    text = " ".join(f"{letter}bc{letter}" for letter in "BCDFGHJKLMNPQ" * 4)
    for _ in range(400):
        edges = np.unique(np.concatenate([[0, len(text)], dice.integers(0, len(text), 60)]))
        offsets = [(int(a), int(b)) for a, b in pairwise(edges)]
        near = dice.choice([0.0, 1e-8, 6e-8, 1e-7, 0.2, 0.4], (len(offsets), 1)) * dice.choice([-1, 1], (len(offsets), 1))
        outside = (0.5 + near).astype(np.float32)
        rest = dice.random((len(offsets), 1), dtype=np.float32) * (1 - outside)
        probable = np.concatenate([outside, rest, 1 - outside - rest], axis=1).astype(np.float32)
        pieced = []
        for start, end, rows in spans.group_pieces(text, offsets):
            inside = 1.0 - float(probable[rows][:, OUTSIDE].mean())
            begins = bool(probable[rows][0, 1] > probable[rows][0, 2])
            pieced.append(spans.Word(start, end, text[start:end].casefold(), inside, begins))
        expected = []
        for group in spans.group_words(pieced):
            if kept := spans.strip_links(group):
                start, end = spans.trim(text, kept[0].start, kept[-1].end)
                score = float(np.exp(np.mean([np.log(word.inside) for word in kept if word.inside > 0.5])))
                expected += [(start, end, score)] if end - start >= 2 else []
        assert extract_spans(text, offsets, probable) == expected


def test_the_tokenizer_alone_cuts_as_transformers_does() -> None:
    alone, wrapped = open_tokenizer(MODELS / DEFAULT), load_tokenizer(MODELS / DEFAULT)
    texts = [*gold(9), *noise(200), " ".join(TEXTS) * 3]
    theirs = wrapped(texts, truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True)
    ours = alone.encode_batch(texts)
    assert [window_of(each.ids, 0) for each in ours] == theirs["input_ids"]
    assert [window_of(each.offsets, 0) for each in ours] == theirs["offset_mapping"]
    assert [len(each) > MAX_TOKENS for each in ours] == [each.overflowing != [] for each in theirs.encodings]


def test_the_gazetteer_is_searched_and_orders_are_sought_once_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two questions ask for the places of a post, and the encoder reads what the questions hear."""
    searched: list[str] = []
    sought: list[str] = []
    find, blocks = Gazetteer.find, sanitize._without_blocks

    def counted_find(self: Gazetteer, text: str, *more: Any, **named: Any) -> list[Found]:
        searched.append(text)
        return find(self, text, *more, **named)

    def counted_blocks(text: str) -> str:
        sought.append(text)
        return blocks(text)

    monkeypatch.setattr(Gazetteer, "find", counted_find)
    monkeypatch.setattr(sanitize, "_without_blocks", counted_blocks)
    asked = [post(number, f"{text} Una vez y no más: {number}") for number, text in enumerate(TEXTS)]
    Annotator(madrid(), threads=1).annotate(asked)
    assert Counter(searched) == Counter(without_injections(one.text) for one in asked)
    assert set(Counter(sought).values()) == {1}


def test_a_post_is_read_without_transformers() -> None:
    code = (
        "import sys; from tests.support.nlp_facts import madrid, posts; from nlp.annotator import Annotator;"
        "found = Annotator(madrid(), threads=1).annotate(posts()[:2]);"
        "print(len(found), [name for name in ('transformers', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("2 []", "")


def test_what_reads_nothing_loads_no_graph_and_still_knows_its_name() -> None:
    annotator = Annotator(madrid(), threads=1)
    assert annotator.annotate([]) == []
    assert annotator.model.startswith(DEFAULT)
    loaded = {*vars(annotator.inference.encoder), *vars(annotator.inference.tagger)}
    assert loaded & {"session", "tokenizer"} == set()
    annotator.annotate([post(1, TEXTS[0])])
    assert {*vars(annotator.inference.encoder)} > {"session", "tokenizer"}


@pytest.mark.parametrize("name", ["encoder.onnx", "tagger.onnx", "tokenizer.json"])
def test_a_model_that_cannot_be_loaded_is_no_fault_of_the_first_post(tmp_path: Path, name: str) -> None:
    import shutil

    folder = Path(shutil.copytree(MODELS / DEFAULT, tmp_path / "model"))
    (folder / name).write_bytes(b"{}")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][name] = {"sha256": hashlib.sha256(b"{}").hexdigest(), "bytes": 2}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    annotator = Annotator(madrid(), folder, threads=1)
    with pytest.raises(ModelError, match=re.escape(name)):
        annotator.annotate([post(1, TEXTS[0])])
