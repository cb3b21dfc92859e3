"""Read a council's files of days: its calendar and the weather.

CSV in UTF-8, with commas or semicolons, and a first line that names the columns. Whatever is wrong is a `DayFileError`: the forecast goes
on without the file and says why.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from core.errors import ConfigurationError

MOST_ROWS = 20_000
CALENDAR_COLUMNS = {"date": ("date", "fecha"), "kind": ("kind", "tipo")}
WEATHER_COLUMNS = {
    "date": ("date", "fecha"),
    "temperature": ("temperature", "temperatura"),
    "rain": ("rain", "lluvia"),
    "wind": ("wind", "viento"),
}
"""Columns and their names in English and Spanish: mean temperature in °C, rain in mm, mean wind in km/h."""
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LIMITS = {"temperature": (-60, 60), "rain": (0, 2000), "wind": (0, 400)}
ORDINARY = ("none", "ninguno")
"""Kind of a day that is like any other: says that the calendar is complete until it."""
PROBLEMS = {
    "missing": "there is no such file beside the profile; put it there, or take its name out of [forecast]",
    "unreadable": "it cannot be read as CSV text in UTF-8; save it as “CSV UTF-8” again",
    "column": "the column “{column}” is missing; the first line must be {columns}",
    "date": "line {line}: “{value}” is no date; write it as 2026-12-24",
    "kind": "line {line}: the kind of day is missing, such as holiday",
    "number": "line {line}, {column}: “{value}” is no number from {low} to {high}",
    "doubled": "line {line}: the day {day} is there twice",
    "long": "it has more than {most} lines",
    "empty": "it has no days",
    "gap": "the day {day} is missing; every day from the first to the last needs a line",
    "past": "it begins on {first}, too late to learn from; it must begin by {needed}",
    "future": "it ends on {last}, and the forecast needs it until {needed}; add the days to come",
}
"""What is wrong with a file, by code; translated in the catalogue `reports`."""
Days = Mapping[date, tuple[str, ...] | tuple[float, ...]]


class DayFileError(ConfigurationError):
    """Report what is wrong with a file, by code and values.

    >>> str(DayFileError("gap", day="2026-12-24"))
    'the day 2026-12-24 is missing; every day from the first to the last needs a line'
    """

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(PROBLEMS[code].format(**values))
        self.code, self.values = code, values


def load_calendar(path: Path) -> dict[date, tuple[str, ...]]:
    """Return the kinds of the special days, each day's sorted.

    Days of the kind `none` have no kinds.

    Raises:
        DayFileError: what is wrong, with the line.
    """
    kinds: dict[date, set[str]] = defaultdict(set)
    for line, row in _rows(path, CALENDAR_COLUMNS):
        day, kind = _day(row["date"], line), row["kind"].casefold()
        if not kind:
            raise DayFileError("kind", line=line)
        kinds[day] |= set() if kind in ORDINARY else {kind}
    if not kinds:
        raise DayFileError("empty")
    return {day: tuple(sorted(kinds[day])) for day in sorted(kinds)}


def load_weather(path: Path) -> dict[date, tuple[float, ...]]:
    """Return mean temperature (°C), rain (mm) and mean wind (km/h) by day.

    Raises:
        DayFileError: what is wrong, with the line; also a day that is missing between the first and the last.
    """
    found: dict[date, tuple[float, ...]] = {}
    for line, row in _rows(path, WEATHER_COLUMNS):
        day = _day(row["date"], line)
        if day in found:
            raise DayFileError("doubled", line=line, day=str(day))
        found[day] = tuple(_number(row[column], column, line) for column in LIMITS)
    if not found:
        raise DayFileError("empty")
    first, last = min(found), max(found)
    for n in range((last - first).days):
        if first + timedelta(days=n) not in found:
            raise DayFileError("gap", day=str(first + timedelta(days=n)))
    return dict(sorted(found.items()))


def check_span(days: Days, begins_by: date, ends_from: date) -> None:
    """Refuse a file that begins too late or ends too early.

    Raises:
        DayFileError: with the days that it has and needs.
    """
    first, last = min(days), max(days)
    if first > begins_by:
        raise DayFileError("past", first=str(first), needed=str(begins_by))
    if last < ends_from:
        raise DayFileError("future", last=str(last), needed=str(ends_from))


def _rows(path: Path, columns: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the lines with their number and their columns by English name."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise DayFileError("missing") from None
    except (OSError, UnicodeDecodeError):
        raise DayFileError("unreadable") from None
    if len(lines) > MOST_ROWS:
        raise DayFileError("long", most=MOST_ROWS)
    if not lines:
        raise DayFileError("empty")
    mark = ";" if ";" in lines[0] else ","
    try:
        table = list(csv.reader(lines, delimiter=mark, strict=True))
    except csv.Error:
        raise DayFileError("unreadable") from None
    header = [name.strip().casefold() for name in table[0]]
    place = {}
    for column, names in columns.items():
        place[column] = next((header.index(name) for name in names if name in header), -1)
        if place[column] < 0:
            raise DayFileError("column", column=column, columns=",".join(columns))
    for number, row in enumerate(table[1:], 2):
        if any(cell.strip() for cell in row):
            yield number, {column: row[n].strip() if n < len(row) else "" for column, n in place.items()}


def _day(text: str, line: int) -> date:
    try:
        if not DAY.fullmatch(text):  # Python takes weeks, too: 2026-W01-1
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise DayFileError("date", line=line, value=text[:40]) from None


def _number(text: str, column: str, line: int) -> float:
    low, high = LIMITS[column]
    try:
        found = float(text.replace(",", "."))
        if "_" in text or not low <= found <= high:  # NaN is in no range
            raise ValueError
    except ValueError:
        raise DayFileError("number", line=line, column=column, value=text[:40], low=low, high=high) from None
    return found
