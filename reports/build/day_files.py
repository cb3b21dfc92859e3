"""Count what the council's files of days say of each week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from statistics import fmean

from pydantic import Field

from core.config.city import City
from core.config.day_files import DayFileError, check_span, load_calendar, load_weather
from core.records import Record
from trends.forecast import Weekly
from trends.forecast.files import LEAST_HISTORY

WEEK = timedelta(weeks=1)
MOST_KINDS = 6
"""Kinds of day with an effect of their own, the most frequent; all others have one in common."""


class FileOfDays(Record):
    """Hold what became of a file that the profile names."""

    kind: str
    """calendar or weather."""
    name: str
    problem: str | None = None
    """Code of what is wrong with it (`core.config.day_files.PROBLEMS`); None: it can be used."""
    values: dict[str, str | int] = Field(default_factory=dict)
    """Of the problem."""
    used: int = 0
    """Series it is used for."""
    of: int = 0
    """Series that are forecast."""


FileVersion = tuple[str, int, int] | None
"""Path, time of the last change in ns, and size; None: not named, or not there."""


def file_versions(city: City) -> tuple[FileVersion, ...]:
    """Return what tells whether a file that the profile names was changed."""
    return tuple(None if name is None else _version(city.path.parent / name) for name in (city.forecast.calendar, city.forecast.weather))


def _version(path: Path) -> FileVersion:
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size


def weekly_files(city: City, monday: date, history: int, weeks: int) -> tuple[list[FileOfDays], list[Weekly]]:
    """Return what became of each file, and the weeks of usable ones.

    Args:
        city: the profile, with its path.
        monday: of the first week that is forecast.
        history: weeks before it.
        weeks: weeks to forecast.
    """
    found, weekly = [], []
    for kind, name in (("calendar", city.forecast.calendar), ("weather", city.forecast.weather)):
        if name is None:
            continue
        try:
            rows = _rows(kind, city.path.parent / name, monday, history, weeks)
        except DayFileError as error:
            found.append(FileOfDays(kind=kind, name=name, problem=error.code, values=error.values))
        else:
            found.append(FileOfDays(kind=kind, name=name))
            weekly.append(Weekly(kind, rows))
    return found, weekly


def _rows(kind: str, path: Path, monday: date, history: int, weeks: int) -> tuple[tuple[float, ...] | None, ...]:
    mondays = [monday + n * WEEK for n in range(-history, weeks)]
    begins_by, ends_from = monday - LEAST_HISTORY * WEEK, mondays[-1] + timedelta(days=6)
    if kind == "weather":
        weather = load_weather(path)
        check_span(weather, begins_by, ends_from)
        return tuple(weather_of(weather, one) for one in mondays)
    calendar = load_calendar(path)
    check_span(calendar, begins_by, ends_from)
    kinds = frequent_kinds(calendar, monday)
    return tuple(days_of(calendar, kinds, one) if one >= min(calendar) else None for one in mondays)


def weather_of(weather: Mapping[date, Sequence[float]], monday: date) -> tuple[float, ...] | None:
    """Return a week's mean temperature, root of its rain, and mean wind.

    None: a day is not known. The root, because the second ten millimetres change less than the first.
    """
    days = [weather.get(monday + timedelta(days=n)) for n in range(7)]
    known = [one for one in days if one is not None]
    if len(known) < len(days):
        return None
    warm, rain, wind = zip(*known, strict=True)
    return fmean(warm), sqrt(sum(rain)), fmean(wind)


def frequent_kinds(calendar: Mapping[date, Sequence[str]], before: date) -> tuple[str, ...]:
    """Return the kinds of past days, the most frequent first.

    >>> frequent_kinds({date(2026, 1, 1): ("holiday",), date(2026, 1, 6): ("holiday", "parade")}, date(2026, 2, 2))
    ('holiday', 'parade')
    """
    counts = Counter(kind for day, kinds in calendar.items() if day < before for kind in kinds)
    return tuple(sorted(counts, key=lambda kind: (-counts[kind], kind))[:MOST_KINDS])


def days_of(calendar: Mapping[date, Sequence[str]], kinds: Sequence[str], monday: date) -> tuple[float, ...]:
    """Count a week's days of each kind, and of all other kinds."""
    of_week = Counter(kind for n in range(7) for kind in calendar.get(monday + timedelta(days=n), ()))
    return (*(float(of_week[kind]) for kind in kinds), float(sum(of_week.values()) - sum(of_week[one] for one in kinds)))
