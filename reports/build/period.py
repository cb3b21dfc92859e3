"""Determine the interval of a report, and those before, in city time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from core.config.profile.reports import Span
from core.records import Record, UtcDatetime

LONGEST_CHANGE = timedelta(hours=2)
"""Upper limit of how far any clock change moves the clock back."""
DAY, WEEK_DAYS = timedelta(days=1), 7
EARLIER_WEEKS, EARLIER_MONTHS = 8, 6
"""Earlier periods that show what is usual."""


class Interval(Record):
    """Hold an interval from `start` (inclusive) to `end` (exclusive).

    `previous` is the start of the previous interval.
    """

    previous: UtcDatetime
    start: UtcDatetime
    end: UtcDatetime

    def key(self, zone: ZoneInfo) -> str:
        """Return its name in file names and in the outbox of e-mails.

        It contains hours where days would not make it unique.

        >>> day = lambda n: datetime(2026, 11, n, tzinfo=UTC)
        >>> Interval(previous=day(9), start=day(16), end=day(23)).key(ZoneInfo("UTC"))
        '2026-11-16_2026-11-23'
        """
        first, last = self.start.astimezone(zone), self.end.astimezone(zone)
        is_whole_days = first.date() != last.date() and first.time() == last.time()
        pattern = "%Y-%m-%d" if is_whole_days else "%Y-%m-%dT%H%M"
        return f"{first:{pattern}}_{last:{pattern}}"


def days_between(first: date, last: date, zone: ZoneInfo) -> Interval:
    """Return the interval of some days, both inclusive.

    The interval before is as long.
    """
    after = last + DAY
    return _of_days(first - (after - first), first, after, zone)


def calendar_period(span: Span, day: date, zone: ZoneInfo) -> Interval:
    """Return the calendar day, week or month that contains a day.

    >>> calendar_period("month", date(2026, 3, 10), ZoneInfo("UTC")).key(ZoneInfo("UTC"))
    '2026-03-01_2026-04-01'
    """
    first = _first_day(span, day)
    after = {"day": first + DAY, "week": first + WEEK_DAYS * DAY, "month": _first_day("month", first + 31 * DAY)}[span]
    return _of_days(_first_day(span, first - DAY), first, after, zone)


def last_period(span: Span, zone: ZoneInfo, now: datetime) -> Interval:
    """Return the last complete day, week or month of the calendar."""
    today = now.astimezone(zone).date()
    return calendar_period(span, _first_day(span, today) - DAY, zone)


def earlier_periods(interval: Interval, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return earlier periods of the same length, the latest first.

    They are on the same days of the week; a month of the calendar has the months before.
    """
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    if (start.day, end.day, end.date() - start.date() > 27 * DAY) == (1, 1, True) and end - start < 32 * DAY:
        return _months_before(start.date(), zone)
    weeks = max(1, -((start.date() - end.date()).days // WEEK_DAYS))
    shifts = [n * weeks * WEEK_DAYS * DAY for n in range(1, EARLIER_WEEKS + 1)]
    return [(_wall(start - one, zone), _wall(end - one, zone)) for one in shifts]


def _months_before(first: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    found = []
    for _n in range(EARLIER_MONTHS):
        before = _first_day("month", first - DAY)
        found.append((_midnight(before, zone), _midnight(first, zone)))
        first = before
    return found


def _first_day(span: Span, day: date) -> date:
    if span == "month":
        return day.replace(day=1)
    return day - day.weekday() * DAY if span == "week" else day


def _of_days(previous: date, first: date, after: date, zone: ZoneInfo) -> Interval:
    return Interval(previous=_midnight(previous, zone), start=_midnight(first, zone), end=_midnight(after, zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _wall(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a time on the city's clock as a moment."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def last_closed(schedule: str, zone: ZoneInfo, now: datetime) -> Interval:
    """Return the last interval between two cron runs that has ended.

    An interval that ends at `now` counts as ended.

    >>> week = last_closed("0 7 * * MON", ZoneInfo("Europe/Madrid"), datetime(2026, 11, 27, tzinfo=UTC))
    >>> week.start.isoformat(), week.end.isoformat()
    ('2026-11-16T06:00:00+00:00', '2026-11-23T06:00:00+00:00')
    """
    end = _run_before(schedule, zone, now.replace(microsecond=0) + timedelta(seconds=1))
    start = _run_before(schedule, zone, end)
    return Interval(previous=_run_before(schedule, zone, start), start=start, end=end)


def next_run(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime:
    """Return the next cron run after this moment, in UTC.

    >>> next_run("0 7 * * MON", ZoneInfo("Europe/Madrid"), datetime(2026, 11, 28, 10, tzinfo=UTC)).isoformat()
    '2026-11-30T06:00:00+00:00'
    """
    runs = croniter(schedule, moment.astimezone(zone).replace(tzinfo=None))
    while True:
        on_the_clock: datetime = runs.get_next(datetime)
        found = on_the_clock.replace(tzinfo=zone).astimezone(UTC)
        if found > moment:
            return found


def _run_before(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime:
    """Return the last cron run strictly before this moment.

    A run is a time on the city's clock: in the night whose hour occurs twice it runs at the first one; a time that is skipped runs
    an hour later (croniter alone would make a report about the single hour between the two half past twos).
    """
    runs = croniter(schedule, moment.astimezone(zone).replace(tzinfo=None) + LONGEST_CHANGE)
    while True:
        on_the_clock: datetime = runs.get_prev(datetime)
        found = on_the_clock.replace(tzinfo=zone).astimezone(UTC)
        if found < moment:
            return found
