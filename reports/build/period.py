"""Determine the last complete interval of a schedule, in the city's time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from core.records import Record, UtcDatetime

LONGEST_CHANGE = timedelta(hours=2)
"""Upper limit of how far any clock change moves the clock back."""


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
