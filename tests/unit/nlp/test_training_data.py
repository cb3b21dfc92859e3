"""Training data: the published part is enough to load a training set, and every other set is named with its source."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from core.privacy.redaction.text import redact
from tests.support.shared import SHARED, needs_shared
from workshop.training.data import publish
from workshop.training.data.dataset import held_out, load_guided, load_locations, load_reports, load_training_set, load_tweets
from workshop.training.data.decide_madrid import load_texts
from workshop.training.data.example import Example, load_json_lines
from workshop.training.data.soft_labels import load_annotations
from workshop.training.data.sources import PUBLIC, UNPUBLISHED, describe_missing, find_file, load_rows, missing_sets, require_sets
from workshop.training.heads.short_posts import INCIDENTS

MEGABYTE = 1_000_000
ORIGINS = ("places_en", "bengaluru_en", "cimt_cycling_de")
FILES = sorted(path for path in PUBLIC.rglob("*") if path.is_file())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file: a difference of whole files takes pytest minutes to print."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder in the place of ../shared/data, as beside a fresh clone."""
    return tmp_path_factory.mktemp("no-shared-data")


@pytest.fixture(scope="module")
def examples(clone: Path) -> list[Example]:
    """Return the training set of a fresh clone."""
    return load_training_set(clone)


@pytest.mark.slow  # the training set takes 5 s
def test_a_fresh_clone_loads_a_training_set_of_the_published_sets(examples: list[Example]) -> None:
    origins = Counter(example.origin for example in examples)
    assert origins["decide_madrid_labelled_es"] > 2000
    assert origins["decide_madrid_es"] > 3500
    assert origins["places_en"] > 2900
    assert origins["bengaluru_en"] > 1500
    assert origins["cimt_cycling_de"] == 200
    assert origins["written_es"] > 8000
    assert not any(origin.startswith(("council_", "umsab")) for origin in origins)
    assert held_out(examples).sum() > 1000


@pytest.mark.slow  # the training set takes 5 s
def test_a_fresh_clone_has_annotations_of_its_texts_only(clone: Path, examples: list[Example]) -> None:
    annotations = load_annotations(clone)
    texts = {example.key for example in examples}
    assert len(annotations) > 3500
    assert sum(text in texts for text in annotations) > 0.99 * len(annotations)


def test_labels_without_text_take_it_from_the_sample(clone: Path) -> None:
    rows = load_rows(clone, "decide_madrid_labelled_es/train.jsonl")
    assert sum("text" in row for row in rows) < 50
    posts = load_guided(clone, "decide_madrid_labelled_es/train.jsonl", "decide", 1.0)
    assert len(posts) == len(rows) == 2160
    lost = [place for post in posts for place in post.places or () if place not in post.text]
    assert len(lost) < 5, lost  # masked as a name


def test_a_missing_set_gives_no_tweets_and_a_message_with_its_source(clone: Path) -> None:
    assert load_tweets(clone, "spanish", "test") == []
    missing = missing_sets(clone)
    assert missing == list(UNPUBLISHED)
    lines = describe_missing(clone, missing).splitlines()
    assert [line.split(" is missing")[0] for line in lines] == [one.name for one in UNPUBLISHED]
    assert all("To obtain it: " in line and str(clone) in line for line in lines)


def test_a_command_that_needs_a_missing_set_names_it(clone: Path) -> None:
    with pytest.raises(SystemExit, match=r"train-heads needs sets[^\n]*ESCUCHA_DATA[^\n]*\numsab is missing"):
        require_sets(clone, ("umsab",), "train-heads")


def test_files_of_the_other_folder_come_first(tmp_path: Path) -> None:
    name = "bengaluru_en/train.jsonl"
    assert find_file(tmp_path, name) == PUBLIC / f"{name}.gz"
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text('{"text": "a", "category": "Air"}\n')
    assert load_rows(tmp_path, name) == [{"text": "a", "category": "Air"}]
    assert find_file(tmp_path, "umsab/spanish_train.jsonl") is None


def test_the_published_part_is_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < 6 * MEGABYTE


@pytest.mark.parametrize("name", [*(f"{name}.jsonl.gz" for name in publish.PACKED), publish.LABELLED])
def test_no_published_text_has_anything_left_to_redact(name: str) -> None:
    for row in load_json_lines(PUBLIC / name):
        for key in ("title", "text"):
            assert redact(row.get(key) or "") == (row.get(key) or "")


def test_the_readme_names_every_folder_and_every_missing_set() -> None:
    text = (PUBLIC / "README.md").read_text(encoding="utf-8")
    folders = {path.relative_to(PUBLIC).parts[0] for path in FILES if path.parent != PUBLIC}
    assert {name for name in folders if f"| `{name}/` |" not in text} == set()
    assert {one.name for one in UNPUBLISHED if f"`{one.name}`" not in text} == set()
    assert INCIDENTS in folders


@pytest.mark.slow
@needs_shared
def test_publishing_again_writes_the_same_bytes(tmp_path: Path) -> None:
    publish.main(SHARED / "data", tmp_path)
    by_hand = {PUBLIC / "README.md", PUBLIC / "GUIDE.md", *(PUBLIC / "avisos_incidents").rglob("*")}
    made = {path.relative_to(tmp_path): digest(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert made == {path.relative_to(PUBLIC): digest(path) for path in FILES if path not in by_hand}


@pytest.mark.slow
@needs_shared
def test_the_source_sets_give_the_same_examples_as_the_published_ones(examples: list[Example]) -> None:
    full = [*load_locations(SHARED / "data"), *load_reports(SHARED / "data")]
    redacted = {(example.origin, redact(example.text), example.locations) for example in full}
    assert {(one.origin, one.text, one.locations) for one in examples if one.origin in ORIGINS} <= redacted
    assert len(redacted) < 1.01 * sum(one.origin in ORIGINS for one in examples)
    source, sample = load_texts(SHARED / "data"), load_texts(PUBLIC)
    assert source.keys() == sample.keys()
    assert sum(redact(source[key]) != redact(sample[key]) for key in source) == 5
