"""Compute the share of the answer time that has passed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from triage.urgency.escalation import levels_reached, paused_time, share_passed

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=MADRID.zone).astimezone(UTC)


RECEIVED, DUE = at("2026-11-26T12:00"), at("2026-11-30T12:00")  # Thursday to Monday: 8 h, 12 h and 4 h


@pytest.mark.parametrize(
    ("moment", "share", "levels"),
    [
        ("2026-11-26T12:00", 0, ()),
        ("2026-11-27T11:59", 11.983 / 24, ()),
        ("2026-11-27T12:00", 0.5, (50,)),
        ("2026-11-27T20:00", 20 / 24, (50, 80)),
        ("2026-11-29T20:00", 20 / 24, (50, 80)),  # the weekend counts nothing
        ("2026-11-30T11:59", 23.983 / 24, (50, 80)),
        ("2026-11-30T12:00", 1, (50, 80, 100)),
        ("2026-12-01T12:00", 1.5, (50, 80, 100)),
    ],
)
def test_levels_are_shares_of_the_working_time(moment: str, share: float, levels: tuple[int, ...]) -> None:
    found = share_passed(MADRID, RECEIVED, DUE, at(moment))
    assert found == pytest.approx(share, abs=0.001)
    assert levels_reached(found) == levels


def test_working_time_spent_waiting_for_the_citizen_does_not_count() -> None:
    assert share_passed(MADRID, RECEIVED, DUE, at("2026-11-30T12:00"), timedelta(hours=12)) == 0.5


@pytest.mark.parametrize(("moment", "share"), [("2026-11-28T10:00", 0), ("2026-11-28T12:00", 1)])
def test_a_due_date_without_working_time_before_it_has_passed_or_not(moment: str, share: float) -> None:
    received, due = at("2026-11-28T09:00"), at("2026-11-28T11:00")  # a Saturday
    assert share_passed(MADRID, received, due, at(moment)) == share


@pytest.mark.parametrize(
    ("asked", "hours"),
    [
        ([], 0),
        ([("2026-11-26T12:00", "2026-11-26T14:00")], 2),
        ([("2026-11-26T12:00", None)], 8 + 12 + 4),
        ([("2026-11-26T12:00", "2026-11-26T14:00"), ("2026-11-26T13:00", "2026-11-26T15:00")], 3),
        ([("2026-11-26T12:00", None), ("2026-11-27T12:00", "2026-11-27T13:00")], 24),
        ([("2026-11-10T08:00", None)], 120),  # ten working days at most
        ([("2026-11-10T08:00", "2026-11-25T10:00")], 120),  # the reply came later
    ],
)
def test_waits_for_citizens_are_counted_once_and_ten_working_days_at_most(asked: list[tuple[str, str | None]], hours: float) -> None:
    pairs = [(at(one), None if reply is None else at(reply)) for one, reply in asked]
    assert paused_time(MADRID, pairs, at("2026-11-30T12:00")) == timedelta(hours=hours)
