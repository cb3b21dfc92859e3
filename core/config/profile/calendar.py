"""Define the table `[working_hours]`: spans a day, seasons and local holidays."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from core.config.public_holidays import known_country, known_region
from core.errors import RefusedValueError
from core.records import Options

Days = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
LEAP_YEAR = 2000
"""Any leap year: it has every day of the year, 29 February too."""
EVERY_DAY = tuple(date(LEAP_YEAR, 1, 1) + timedelta(days=number) for number in range(366))
Hours = tuple[tuple[time, time], ...]
"""Spans of a working day by the city's clock, in order."""


def _span_of(text: str) -> tuple[time, time]:
    """Parse `08:00-15:00`.

    Raises:
        ValueError: no span, or it does not end later on the same day.
    """
    opens, _, closes = text.partition("-")
    try:
        found = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        raise RefusedValueError("not a span such as '08:00-15:00'") from None
    if found[0] >= found[1]:
        raise RefusedValueError("a span must end later on the same day, not after midnight: '08:00-15:00'")
    return found


def _check_span(text: str) -> str:
    _span_of(text)
    return text


def _check_day(text: str) -> str:
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{text}")
    except ValueError:
        raise RefusedValueError("not a month and a day, such as '08-31'") from None
    return text


def _in_order(spans: Sequence[str]) -> Sequence[str]:
    for before, after in pairwise(spans):
        if _span_of(after)[0] < _span_of(before)[1]:
            raise RefusedValueError("{after} starts before {before} has ended", after=after, before=before)
    return spans


Spans = Annotated[tuple[Annotated[str, AfterValidator(_check_span)], ...], AfterValidator(_in_order)]
YearDay = Annotated[str, AfterValidator(_check_day)]


class Season(Options):
    """Describe other hours in one part of every year."""

    first: YearDay = Field(alias="from")
    """First day, as month and day: `08-01`."""
    last: YearDay = Field(alias="to")
    """Last day: `08-31`; before `from`, such as `01-06`, it is in the next year."""
    spans: Spans
    """Spans of its working days, such as `["08:00-14:00"]`; empty: closed."""

    @cached_property
    def hours(self) -> Hours:
        """Return the spans of a working day of the season."""
        return tuple(_span_of(one) for one in self.spans)

    def covers(self, day: date) -> bool:
        """Return whether a day is in the season, in any year."""
        here = f"{day:%m-%d}"
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


class WorkingHours(Options):
    """Describe the city's working hours; due dates count these only."""

    days: tuple[Days, ...] = ("MON", "TUE", "WED", "THU", "FRI")
    """Working days."""
    opens: time = time(8)
    """Start of the working day, by the city's clock."""
    closes: time = time(20)
    """End of the working day."""
    spans: Spans = ()
    """Several spans a day in place of `opens` and `closes`: `["08:00-15:00", "16:00-18:00"]`."""
    seasons: tuple[Season, ...] = ()
    """Other hours in parts of every year, such as August; of two that overlap the first counts."""
    country: Annotated[str, AfterValidator(known_country)] = "ES"
    """Country whose public holidays count (`holidays` package)."""
    region: Annotated[str | None, AfterValidator(known_region)] = None
    """Of the `holidays` package, such as `AN`; without it national holidays only."""
    closed: tuple[date, ...] = ()
    """Local holidays and bridge days, each with its year."""

    @model_validator(mode="after")
    def _has_working_time(self) -> "WorkingHours":
        if self.spans and self.model_fields_set & {"opens", "closes"}:
            raise RefusedValueError("write either spans, or opens and closes")
        if self.opens >= self.closes or not self.days:
            raise RefusedValueError("opens must be before closes, on at least one day")
        if not any(self.spans_on(day) for day in EVERY_DAY):
            raise RefusedValueError("the seasons close every day of the year: give at least one of them spans")
        return self

    @cached_property
    def usual(self) -> Hours:
        """Return the spans of a working day outside the seasons."""
        return tuple(_span_of(one) for one in self.spans) or ((self.opens, self.closes),)

    def spans_on(self, day: date) -> Hours:
        """Return the spans of a day, should it be a working day."""
        return next((season.hours for season in self.seasons if season.covers(day)), self.usual)
