"""The time a report is about: the last interval of its schedule that is over, in the city's own time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from core.records import Record, UtcDatetime

LONGEST_CHANGE = timedelta(hours=2)
"""No clock change in use moves the clock further back than this."""


class Interval(Record):
    """From `start` (inside) to `end` (outside), and where the interval before it began."""

    previous: UtcDatetime
    start: UtcDatetime
    end: UtcDatetime

    def key(self, zone: ZoneInfo) -> str:
        """Its name in file names and in the outbox of mails: `2026-11-16_2026-11-23`; with hours where days would not tell it apart."""
        first, last = self.start.astimezone(zone), self.end.astimezone(zone)
        is_whole_days = first.date() != last.date() and first.time() == last.time()
        pattern = "%Y-%m-%d" if is_whole_days else "%Y-%m-%dT%H%M"
        return f"{first:{pattern}}_{last:{pattern}}"


def last_closed(schedule: str, zone: ZoneInfo, now: datetime) -> Interval:
    """The last interval between two runs of a cron schedule that has ended by `now`; one that ends just now has ended."""
    end = _run_before(schedule, zone, now.replace(microsecond=0) + timedelta(seconds=1))
    start = _run_before(schedule, zone, end)
    return Interval(previous=_run_before(schedule, zone, start), start=start, end=end)


def _run_before(schedule: str, zone: ZoneInfo, moment: datetime) -> datetime:
    """The last run strictly before this moment.

    A run is a time on the city's clock: in the night whose hour comes twice it runs at the first, an hour that is left out is made up
    an hour later (croniter alone would make a report about the one hour between the two half past twos).
    """
    runs = croniter(schedule, moment.astimezone(zone).replace(tzinfo=None) + LONGEST_CHANGE)
    while True:
        on_the_clock: datetime = runs.get_prev(datetime)
        found = on_the_clock.replace(tzinfo=zone).astimezone(UTC)
        if found < moment:
            return found
