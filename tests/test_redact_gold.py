"""The measured set: recall and false hits have floors, and what is published about them is what was measured."""

import json

import pytest

from core.score_redaction import GOLD, RESULT, faults, is_gone, read_rows, score

FLOORS = {"plain": 0.97, "names": 0.90, "disguised": 0.90}
FALSE = 0.01
ROWS = read_rows()


@pytest.mark.parametrize("author", [*sorted({row["author"] for row in ROWS}), "all"])
def test_recall_and_false_hits_hold_their_floors(author: str) -> None:
    rows = [row for row in ROWS if author in (row["author"], "all")]
    figures = score(rows)["all"]
    wrong = [f"{row['id']}: {line}" for row in rows for line in faults(row)]
    for group, floor in FLOORS.items():
        assert figures[group]["share"] >= floor, (group, figures[group], wrong)
    assert figures["false"]["share"] <= FALSE, wrong


def test_the_published_figures_are_those_measured() -> None:
    """docs/redaction.json is what `make score-redaction` writes, and what the notice shows."""
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
    row = {"text": "Soy Ana López", "spans": [{"start": 4, "end": 13, "type": "name", "style": "plain"}]}
    assert is_gone(row, row["spans"][0], "Soy [name]")
    assert not is_gone(row, row["spans"][0], "Soy [name] López")
