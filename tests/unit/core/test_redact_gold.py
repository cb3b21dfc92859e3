"""The measured set: recall and false hits have floors, and what is published about them is what was measured."""

import json

import pytest

from core.privacy.in_city import places_in
from core.privacy.redaction.figures import RESULT
from workshop.redaction.cities import FOLDERS, load_sentences, score_cities
from workshop.redaction.score import DEVELOPED_ON, GOLD, describe_faults, is_removed, load_rows, score

FLOORS = {"plain": 0.97, "names": 0.90, "disguised": 0.90, "false": 0.01}
"""Of the authors whose misses the rules were made from."""
UNSEEN = {"plain": 0.95, "names": 0.90, "disguised": 0.75, "false": 0.06}
"""Of authors who stay unread: what was measured, so that it does not get worse. Plain, disguised and false miss the floors above."""
ROWS = load_rows()


@pytest.mark.parametrize("author", sorted({row["author"] for row in ROWS}))
def test_recall_and_false_hits_hold_their_floors(author: str) -> None:
    rows = [row for row in ROWS if row["author"] == author]
    figures, floors = score(rows)["all"], FLOORS if author in DEVELOPED_ON else UNSEEN
    wrong = [f"{row['id']}: {line}" for row in rows for line in describe_faults(row)]
    for group in ("plain", "names", "disguised"):
        assert figures[group]["share"] >= floors[group], (group, figures[group], wrong)
    assert figures["false"]["share"] <= floors["false"], wrong


def test_the_published_figures_are_those_measured() -> None:
    """docs/reference/redaction.json is what `make score-redaction` writes, and what the notice shows."""
    assert json.loads(RESULT.read_text(encoding="utf-8")) == score(ROWS)


def test_every_span_and_row_is_well_formed() -> None:
    assert sorted(path.stem for path in GOLD.glob("*.jsonl"))[:1] == ["author_a"]
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row["kind"] in ("post", "lookalike")
        assert not (row["kind"] == "lookalike" and row["spans"])
        for span in row["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(row["text"])
            assert span["style"] in ("plain", "disguised")


def test_half_of_a_name_left_over_is_a_miss() -> None:
    name = {"start": 4, "end": 13, "type": "name", "style": "plain"}
    row = {"text": "Soy Ana López", "spans": [name]}
    assert is_removed(row, name, "Soy [name]")
    assert not is_removed(row, name, "Soy [name] López")


GOAL = {"streets lost": 0.02, "persons kept": 0.05}
NOT_YET = {
    ("citizens_madrid", "persons kept"): 0.08,
    ("citizens_sevilla", "persons kept"): 0.16,
    ("citizens_zaragoza", "persons kept"): 0.19,
    ("citizens_madrid", "persons kept, unread"): 0.13,
    ("citizens_sevilla", "persons kept, unread"): 0.31,
    ("citizens_zaragoza", "persons kept, unread"): 0.31,
}
"""Where the goal is missed: what was measured, so that it does not get worse (docs/explanation/any-city.md)."""
COUNTS = score_cities()


@pytest.mark.parametrize("city", sorted(FOLDERS))
@pytest.mark.parametrize("kind", sorted(GOAL))
def test_of_a_city_at_most_2_streets_and_5_persons_of_a_hundred_come_out_wrong(city: str, kind: str) -> None:
    """Each city with its own gazetteer; all sentences, and in the sets of citizens the third that nobody read."""
    both = COUNTS[city, "tune", kind] + COUNTS[city, "measure", kind]
    assert both.total() >= 100
    assert both[True] <= NOT_YET.get((city, kind), GOAL[kind]) * both.total(), both
    unread = COUNTS[city, "measure", kind]
    if city.startswith("citizens"):
        assert unread[True] <= NOT_YET.get((city, f"{kind}, unread"), GOAL[kind]) * unread.total(), unread


@pytest.mark.parametrize("city", [name for name in FOLDERS if name.startswith("citizens")])
def test_a_third_of_a_hundred_sentences_of_each_kind_is_kept_back(city: str) -> None:
    sentences = load_sentences(city)
    assert all(one["words"] in one["text"] for one in sentences)
    assert len({one["text"] for one in sentences}) == len({one["id"] for one in sentences}) == 200
    for kind in ("place", "person"):
        halves = [one["half"] for one in sentences if one["kind"] == kind]
        assert (halves.count("tune"), halves.count("measure")) == (67, 33)
    assert len(places_in(FOLDERS[city]).names) >= 100, "names of persons among the places of the gazetteer"


def test_without_its_gazetteer_a_city_loses_its_streets() -> None:
    without = score_cities(gazetteer=False)
    for city in ("citizens_madrid", "citizens_sevilla", "citizens_zaragoza"):
        assert sum(without[city, half, "streets lost"][True] for half in ("tune", "measure")) >= 15
