"""No hidden number of the public figures can be derived: tested with made-up cities of every size (hypothesis)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as some

from core.records.read_models import CaseRecord
from reports.output import open_data
from reports.output.open_data import MINIMUM, Times, too_small
from tests.support.public_cases import case

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
COUNTS = some.dictionaries(some.sampled_from("abcdefghij"), some.integers(0, 30), max_size=10)


def possible(total: int, shown: int, hidden: int, least: int) -> set[int]:
    """Return what one of the hidden numbers can be, by everything that is published."""
    left = total - shown
    return {n for n in range(least, left + 1) if (hidden > 1 and left - n >= least * (hidden - 1)) or n == left}


@given(COUNTS, some.sampled_from([0, 1]))
@settings(max_examples=400, deadline=None)
def test_what_is_hidden_could_always_be_another_number(counts: dict[str, int], least: int) -> None:
    counts = {name: max(least, n) for name, n in counts.items()}
    total, hidden = sum(counts.values()), too_small(counts, least=least)
    assert {name for name, n in counts.items() if n < MINIMUM} <= hidden
    if total < MINIMUM or not sum(counts[name] for name in hidden):
        return  # the total is hidden too, or the hidden ones are zeros: they are about no person
    if hidden == counts.keys() and len(hidden) == 1:
        return  # its total is the city's and below the minimum
    together = sum(counts[name] for name in hidden)
    if hidden != counts.keys():
        assert len(hidden) != 1
        assert together >= MINIMUM
        assert together > least * len(hidden)
    if len(hidden) > 1 and together > least * len(hidden):
        assert len(possible(total, total - together, len(hidden), least)) > 1


@given(COUNTS)
@settings(max_examples=200, deadline=None)
def test_no_more_is_hidden_than_needed(counts: dict[str, int]) -> None:
    if all(n >= MINIMUM for n in counts.values()):
        assert too_small(counts) == set()


CASES = some.lists(
    some.tuples(
        some.sampled_from(["noise", "parks_trees", "street_lighting", "other"]),
        some.sampled_from(["Centro", "Usera", "Latina", None]),
        some.sampled_from(["x", "mailbox", "inbox"]),
        some.integers(0, 300),
        some.one_of(some.none(), some.integers(0, 400)),
    ),
    max_size=40,
)


def made(rows: list[tuple[str, str | None, str, int, int | None]]) -> list[CaseRecord]:
    return [
        case(n, topic, district, source, NOW - timedelta(days=days), hours) for n, (topic, district, source, days, hours) in enumerate(rows)
    ]


@given(CASES)
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("field", ["cases", "answered"])
def test_no_number_of_fewer_than_five_cases_can_be_derived_from_the_table(
    field: str, rows: list[tuple[str, str | None, str, int, int | None]]
) -> None:
    cases = made(rows)
    table = open_data.rows_of("Madrid", cases, NOW)
    total = next((getattr(row, field) for row in table if row.kind == "all"), None)
    for row in table:
        value = getattr(row, field)
        assert value is None or value >= MINIMUM
        assert (row.median_hours is None) or _true("answered", row, cases) >= MINIMUM
    if total is None:
        return
    for kind in ("month", "service", "channel"):  # districts leave out the cases without one
        mine = [row for row in table if row.kind == kind]
        if not mine:
            continue  # one case each: not even their names are published
        hidden = [row for row in mine if getattr(row, field) is None]
        left = total - sum(getattr(row, field) for row in mine if row not in hidden)
        assert left == sum(_true(field, row, cases) for row in hidden)
        if hidden and left:
            assert len(hidden) > 1
            assert left >= MINIMUM
            assert left > (len(hidden) if field == "cases" else 0)


def _true(field: str, row: Times, cases: list[CaseRecord]) -> int:
    key = {"month": "month", "service": "topic", "district": "district", "channel": "source"}.get(row.kind)
    mine = [one for one in cases if key is None or getattr(one, key) == row.name]
    if field == "cases":
        return len(mine)
    return sum(one.answered_at is not None and one.answered_at <= NOW for one in mine)
