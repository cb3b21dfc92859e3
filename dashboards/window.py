"""From where and when a dashboard looks: the moment, the city's time zone, how many days back, replayed posts or not."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Window:
    """What is looked at. Days are the city's days, so the days of a clock change have 23 and 25 hours."""

    now: datetime
    zone: ZoneInfo
    replay: bool = True
    """Whether replayed posts and cases are shown: yes on the desk, with a note; never in public."""
    days: int = 28
    """Today and the days before it."""
    since: datetime | None = None
    """Where the window starts, when not with a day (reports)."""

    def midnight(self, days_ago: int) -> datetime:
        """Start of the city's day so many days ago; 0: of today."""
        day = self.now.astimezone(self.zone).date() - timedelta(days=days_ago)
        return datetime.combine(day, time(), tzinfo=self.zone)

    @property
    def start(self) -> datetime:
        """The first moment in the window; the last one is before `now`."""
        return self.since or self.midnight(self.days - 1)

    @property
    def dates(self) -> list[date]:
        """The days of the window, oldest first."""
        first = self.start.astimezone(self.zone).date()
        last = (self.now - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]
