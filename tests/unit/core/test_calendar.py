"""Due dates count the city's working hours only: nights, weekends, holidays and clock changes are left out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.working_hours import due_at, is_working_day

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
"""Works Monday to Friday, 08:00 to 20:00 (12 hours a day), Madrid time."""


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=MADRID.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("received", "hours", "expected"),
    [
        # Tuesday 10:00 + 5 h of the same day
        ("2026-11-24T10:00", 5, "2026-11-24T15:00"),
        # Tuesday 18:00 + 5 h: 2 h until 20:00, 3 h from Wednesday 08:00
        ("2026-11-24T18:00", 5, "2026-11-25T11:00"),
        # Friday 23:00 is closed: counts from Monday 08:00
        ("2026-11-27T23:00", 2, "2026-11-30T10:00"),
        # exactly a working day's 12 hours end at closing time, not at the next opening
        ("2026-11-24T08:00", 12, "2026-11-24T20:00"),
        # Friday 4 December 12:00 + 24 h: 8 h Friday; Monday 7 is a holiday of Madrid (moved from Sunday 6), Tuesday 8 one of Spain;
        # 12 h Wednesday, 4 h Thursday
        ("2026-12-04T12:00", 24, "2026-12-10T12:00"),
        # the local holiday of the profile: 9 November 2026 (la Almudena), a Monday
        ("2026-11-06T19:00", 2, "2026-11-10T09:00"),
        # the clock goes back in the night to Sunday 25 October: Friday 19:00 + 2 h is Monday 09:00 local all the same
        ("2026-10-23T19:00", 2, "2026-10-26T09:00"),
        # and forward in the night to Sunday 29 March
        ("2026-03-27T19:00", 2, "2026-03-30T09:00"),
    ],
)
def test_due_counts_working_hours_only(received: str, hours: int, expected: str) -> None:
    assert due_at(MADRID, at(received), timedelta(hours=hours)) == at(expected)


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-11-24", True), ("2026-11-28", False), ("2026-12-25", False), ("2026-05-02", False), ("2026-05-15", False)],
    ids=["a Tuesday", "a Saturday", "Christmas", "day of the region", "San Isidro, from the profile"],
)
def test_working_days_are_those_of_the_city(day: str, works: bool) -> None:
    assert is_working_day(MADRID.working_hours, datetime.fromisoformat(day).date()) is works
