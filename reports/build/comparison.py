"""Compare how fast cities close complaints, by one definition for all.

Other cities publish when a request was made and when it was last changed, not when its citizen got a first answer. So what is
compared is the time until it was closed. Only requests with 30 days behind them count: the open ones among them are those that
took longer, and count as such.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.records import Record, UtcDatetime

OLDEST, NEWEST = timedelta(days=120), timedelta(days=30)
"""Requests made between so long ago and so long ago count."""
MINIMUM = 5
"""Smallest number of requests to show figures of."""
HOUR = timedelta(hours=1)


class CityTimes(Record):
    """Hold how fast one city closes complaints."""

    city: str
    source: str
    """Where the figures are from; empty: from this ledger."""
    since: UtcDatetime
    until: UtcDatetime
    requests: int
    closed: int
    median_hours: float | None
    """Hours within which half of all requests were closed; None: fewer than half are closed, or too few requests."""
    p90_hours: float | None
    internal: int = 0
    """Requests of the administration itself, left out."""
    unreadable: int = 0
    """Rows without a usable date, left out."""
    complete: bool = True
    """Whether the server gave all requests of the period."""
    fetched_at: UtcDatetime


class Failure(Record):
    """Say why a city's figures could not be brought up to date."""

    city: str
    why: str
    at: UtcDatetime


class Comparison(Record):
    """Hold the last figures of other cities, and what went wrong since."""

    cities: tuple[CityTimes, ...] = ()
    failures: tuple[Failure, ...] = ()


def times_of(city: str, source: str, requests: Iterable[tuple[datetime, datetime | None]], now: datetime, **more: object) -> CityTimes:
    """Return the figures of a city.

    Args:
        city: its name.
        source: where the requests are from.
        requests: when each was made, and closed; None: open.
        now: the time.
        more: other fields of the figures.
    """
    since, until = now - OLDEST, now - NEWEST
    mine = [(made, closed) for made, closed in requests if since <= made < until]
    hours = sorted(max(0.0, (closed - made) / HOUR) for made, closed in mine if closed is not None)
    return CityTimes.model_validate(
        {
            "city": city,
            "source": source,
            "since": since,
            "until": until,
            "requests": len(mine),
            "closed": len(hours),
            "median_hours": _quantile(hours, len(mine), 50),
            "p90_hours": _quantile(hours, len(mine), 90),
            "fetched_at": now,
            **more,
        }
    )


def _quantile(hours: list[float], requests: int, percent: int) -> float | None:
    """Return the hours within which a share of all requests was closed.

    None: fewer were.
    """
    needed = -(-requests * percent // 100)
    return round(hours[needed - 1], 1) if requests >= MINIMUM and needed <= len(hours) else None
