"""The city's working hours: when an answer is due.

Working days end at the local closing time, so a day with a clock change has as many working hours as any other; hours are
counted in real time (UTC). Public holidays come from the `holidays` package, local ones from the profile.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import holidays

from core.config.city import City, WorkingHours

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
HORIZON = timedelta(days=3660)
"""A due date further away than ten years is a mistake in the profile."""


@lru_cache(maxsize=64)
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def is_working_day(hours: WorkingHours, day: date) -> bool:
    """True when the city works on this day."""
    if DAYS[day.weekday()] not in hours.days or day in hours.closed:
        return False
    return day not in _public_holidays(hours.country, hours.region, day.year)


def _working_spans(city: City, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The working spans from `start` on, in UTC."""
    zone, hours = city.zone, city.working_hours
    day = start.astimezone(zone).date()
    last = day + HORIZON
    while day <= last:
        if is_working_day(hours, day):
            opens = datetime.combine(day, hours.opens, zone).astimezone(UTC)
            closes = datetime.combine(day, hours.closes, zone).astimezone(UTC)
            if closes > start:
                yield max(opens, start), closes
        day += timedelta(days=1)


def due_at(city: City, start: datetime, within: timedelta) -> datetime:
    """The moment `within` working hours after `start`, in UTC."""
    left = within
    for opens, closes in _working_spans(city, start):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise ValueError(
        f"no due date within ten years of {start}: do the working hours of {city.name} have a working day?"
    )
