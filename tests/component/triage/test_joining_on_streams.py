"""Whole days, decided as they come in: whose report lands in somebody else's case.

The streams were written by a stranger to the matcher (tests/data/streams/README.md). The counts are exact: a rule that changes one changes
this file, with the table of `make score-streams` before it.
"""

import pytest

from workshop.incidents.labelled_streams import WRITTEN, written_stream
from workshop.incidents.measures import format_table
from workshop.incidents.streams import annotated, decided, measure


@pytest.mark.parametrize(
    ("name", "in_a_wrong_case", "beside_anothers"),
    [
        *(("mentions", 1, 2), ("form", 1, 2), ("strike", 0, 0), ("fiesta", 1, 4), ("storm", 3, 10)),
        *(("network", 0, 0), ("sunday", 5, 10), ("sevilla", 4, 11)),
    ],
)
def test_few_reports_land_in_somebody_elses_case(name: str, in_a_wrong_case: int, beside_anothers: int) -> None:
    stream = written_stream(WRITTEN / name)
    read = annotated(stream)
    row = measure(stream, read, decided(stream, read))
    assert round(row["in a wrong case"] * row["posts"]) == in_a_wrong_case
    assert round(row["with another's problem"] * row["posts"]) == beside_anothers


def test_every_report_of_the_form_is_a_case() -> None:
    stream = written_stream(WRITTEN / "form")
    found = decided(stream, annotated(stream))
    assert {found[key].outcome for key in stream.partners} == {"in_case"}


def test_a_row_begins_with_its_base_rate() -> None:
    stream = written_stream(WRITTEN / "mentions")
    read = annotated(stream)
    row = measure(stream, read, decided(stream, read))
    assert list(row)[:3] == ["stream", "posts", "with a partner"]
    assert row["with a partner"] == 25 / 200
    assert format_table([row]).startswith("| stream | posts | with a partner |")
