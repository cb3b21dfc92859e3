"""The time a report is about: the last interval of its schedule that is over, in the city's own time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from core.fact import Fact, Moment


class Interval(Fact):
    """From `start` (inside) to `end` (outside)."""

    start: Moment
    end: Moment

    @property
    def before(self) -> "Interval":
        """The interval of the same length just before."""
        return Interval(start=self.start - (self.end - self.start), end=self.start)

    def key(self, zone: ZoneInfo) -> str:
        """Its name in file names and in the outbox of mails: `2026-11-16_2026-11-23`."""
        return f"{self.start.astimezone(zone):%Y-%m-%d}_{self.end.astimezone(zone):%Y-%m-%d}"


def last_closed(schedule: str, zone: ZoneInfo, now: datetime) -> Interval:
    """The last interval between two runs of a cron schedule that has ended by `now`."""
    ticks = croniter(schedule, now.astimezone(zone))
    local = now.astimezone(zone)
    end: datetime = (
        local if croniter.match(schedule, local.replace(second=0, microsecond=0)) else ticks.get_prev(datetime)
    )
    end = end.replace(second=0, microsecond=0)
    start: datetime = croniter(schedule, end).get_prev(datetime)
    return Interval(start=start, end=end)
