"""Compute due dates in the city's working hours.

Working days end at the local closing time, so a day with a clock change has as many working hours as any other; hours are
counted in real time (UTC). Public holidays come from the `holidays` package, local ones from the profile.

An answer time in working days counts each day by its own length: one day from the middle of a long day ends in the middle
of the next, also where the next is a short one of August.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import holidays

from core.config.city import City
from core.config.profile.calendar import WorkingHours
from core.records.kind import WorkingTime
from core.runtime.one_filler import one_filler

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
HORIZON = timedelta(days=3660)
"""A due date further ahead than ten years is a mistake in the profile."""
NONE = timedelta(0)
Spans = list[tuple[datetime, datetime]]


@one_filler(maxsize=64)
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def public_holidays(hours: WorkingHours, year: int, language: str) -> list[tuple[date, str]]:
    """Return the public holidays of a year with their names.

    `language`: of the names, where the calendar has them in it.
    """
    spoken = {"en": "en_US"}.get(language, language)
    return sorted(holidays.country_holidays(hours.country, subdiv=hours.region, years=year, language=spoken).items())


def is_working_day(hours: WorkingHours, day: date) -> bool:
    """Return whether the city works on this day."""
    return DAYS[day.weekday()] in hours.days and bool(hours.spans_on(day)) and not is_holiday(hours, day)


def is_holiday(hours: WorkingHours, day: date) -> bool:
    """Return whether a day is a public or local holiday."""
    return day in hours.closed or day in _public_holidays(hours.country, hours.region, day.year)


def _spans_of(city: City, day: date) -> Spans:
    """Return the working spans of a day in UTC."""
    hours = city.working_hours
    if not is_working_day(hours, day):
        return []
    found = (tuple(datetime.combine(day, moment, city.zone).astimezone(UTC) for moment in span) for span in hours.spans_on(day))
    # a span inside the hour that a clock change leaves out has no length
    return [(opens, closes) for opens, closes in found if opens < closes]


def _working_days(city: City, start: datetime) -> Iterator[tuple[timedelta, Spans]]:
    """Yield each working day: its length, and its spans after `start`."""
    day = start.astimezone(city.zone).date()
    last = day + HORIZON
    while day <= last:
        spans = _spans_of(city, day)
        length = sum((closes - opens for opens, closes in spans), NONE)
        rest = [(max(opens, start), closes) for opens, closes in spans if closes > start]
        if rest:
            yield length, rest
        day += timedelta(days=1)


def due_at(city: City, start: datetime, within: timedelta | WorkingTime) -> datetime:
    """Return the time `within` working time after `start`, in UTC.

    Raises:
        ValueError: there is none within ten years, so the profile has no working day.
    """
    wanted = within if isinstance(within, WorkingTime) else WorkingTime(time=within)
    left_days, left = float(wanted.days), wanted.time
    for length, spans in _working_days(city, start):
        for opens, closes in spans:
            after_days = min(opens + _rounded(left_days * length), closes)
            left_days -= (after_days - opens) / length
            if left_days * length >= timedelta(seconds=1):
                continue
            left_days = 0
            if left <= closes - after_days:
                return after_days + left
            left -= closes - after_days
    raise ValueError(f"no due date within ten years of {start}: do the working hours of {city.name} have a working day?")


def _rounded(length: timedelta) -> timedelta:
    """Return a length in whole milliseconds: shares of days are binary fractions."""
    return timedelta(milliseconds=round(length / timedelta(milliseconds=1)))


def worked(city: City, start: datetime, end: datetime) -> timedelta:
    """Return the working time between two moments.

    Zero when `end` is not after `start`.
    """
    total = NONE
    day, last = (moment.astimezone(city.zone).date() for moment in (start, end))
    while day <= last:
        for opens, closes in _spans_of(city, day):
            total += max(min(closes, end) - max(opens, start), NONE)
        day += timedelta(days=1)
    return total
