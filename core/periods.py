"""Compute the bounds of a period, by the city's calendar."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Preset = Literal["today", "24h", "7d", "week", "last_week", "28d", "30d", "month", "last_month", "all", "custom"]
Comparison = Literal["previous", "weeks", "none"]
PRESETS: tuple[Preset, ...] = get_args(Preset)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
Days = tuple[date | None, date | None]
"""First and last day of a range, both inclusive; None: open at this end."""
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Years in which the days of a range lie."""
DAY = timedelta(days=1)
FOUR_WEEKS = 28


@dataclass(frozen=True)
class Window:
    """Hold the bounds of a period: `since` inclusive, `until` exclusive; None: open."""

    since: datetime | None = None
    until: datetime | None = None


def window_of(preset: Preset, days: Days | None, now: datetime, zone: ZoneInfo) -> Window:
    """Return the bounds of a period at this moment.

    Periods that reach the present have no end. `days`: those of a custom range.
    """
    today = now.astimezone(zone).date()
    monday = today - today.weekday() * DAY
    month = today.replace(day=1)
    match preset:
        case "all":
            return Window()
        case "custom":
            first, last = days or (today, today)
            return Window(_start(first, zone) if first else None, _start(last + DAY, zone) if last else None)
        case "24h":
            return Window(now.replace(second=0, microsecond=0) - DAY)
        case "last_week":
            return Window(_start(monday - 7 * DAY, zone), _start(monday, zone))
        case "last_month":
            return Window(_start((month - DAY).replace(day=1), zone), _start(month, zone))
        case _:
            first = {"7d": today - 6 * DAY, "28d": today - 27 * DAY, "30d": today - 29 * DAY, "week": monday, "month": month}.get(
                preset, today
            )
            return Window(_start(first, zone))


def compared_with(preset: Preset, window: Window, comparison: Comparison, now: datetime, zone: ZoneInfo) -> Window:
    """Return the earlier period to compare a period with.

    It has no bounds when there is nothing to compare.

    It is as long as the elapsed part of the period. `weeks`: the same weekdays, four weeks earlier or the next multiple of four that does
    not overlap. A calendar month is compared with the month before.
    """
    if window.since is None or comparison == "none":
        return Window()
    until = window.until or now
    elapsed = _wall(until, zone) - _wall(window.since, zone)
    days = max(1, -(-elapsed // DAY))
    if comparison == "weeks":
        return _shifted(window.since, until, FOUR_WEEKS * -(-days // FOUR_WEEKS), zone)
    if preset in ("month", "last_month"):
        return Window(_month_before(window.since, zone), _month_before(until, zone))
    return _shifted(window.since, until, 7 if preset in ("week", "last_week") else days, zone)


def _start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day of the city."""
    return datetime.combine(day, time(), zone)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the city's clock time without a zone: days of 24 hours."""
    return moment.astimezone(zone).replace(tzinfo=None)


def _shifted(since: datetime, until: datetime, days: int, zone: ZoneInfo) -> Window:
    """Shift bounds by whole days of the city's clock."""
    return Window(*((moment.astimezone(zone) - days * DAY) for moment in (since, until)))


def _month_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the same moment a month earlier.

    Where that month is shorter, return its end.
    """
    local = moment.astimezone(zone)
    last = local.replace(day=1) - DAY
    if local.day > (length := monthrange(last.year, last.month)[1]):
        return _start(local.date().replace(day=1), zone)
    return local.replace(year=last.year, month=last.month, day=min(local.day, length))
