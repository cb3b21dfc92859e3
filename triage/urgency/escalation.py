"""Decide when a team and its lead are reminded of a case."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.config.city import City
from core.records.kind import WorkingTime
from core.working_hours import due_at, worked

Level = Literal[50, 80, 100]
TEAM_LEVELS: tuple[Level, ...] = (50, 80)
"""Per cent of the answer time at which the team of a case is reminded."""
LEAD_LEVELS: tuple[Level, ...] = (100,)
"""Per cent at which its lead is."""
PAUSE = WorkingTime(days=10)
"""The longest wait for a citizen's reply; from then on the answer time counts again."""


def share_passed(city: City, received_at: datetime, due: datetime, now: datetime, paused: timedelta = timedelta(0)) -> float:
    """Return the share of the answer time that has passed.

    In working time, from reception to the due date; above 1 after it.

    Args:
        paused: working time in which the case waited for the citizen.
    """
    total = worked(city, received_at, due)
    if not total:
        return 1.0 if now >= due else 0.0
    return (worked(city, received_at, now) - paused) / total


def paused_time(city: City, asked: Sequence[tuple[datetime, datetime | None]], now: datetime) -> timedelta:
    """Return the working time in which a case waited for its citizens.

    Each wait ends with the reply, or after 10 working days without one.

    Args:
        asked: when the citizen was asked and replied; None: no reply yet.
    """
    total, counted_to = timedelta(0), datetime.min.replace(tzinfo=UTC)
    for asked_at, replied_at in sorted(asked, key=lambda one: one[0]):
        end = min(replied_at or now, due_at(city, asked_at, PAUSE), now)
        total += worked(city, max(asked_at, counted_to), end)
        counted_to = max(counted_to, end)
    return total


def levels_reached(share: float) -> tuple[Level, ...]:
    """Return the levels that a share has reached.

    >>> levels_reached(0.49), levels_reached(0.8), levels_reached(1.2)
    ((), (50, 80), (50, 80, 100))
    """
    return tuple(level for level in (*TEAM_LEVELS, *LEAD_LEVELS) if share * 100 >= level)
