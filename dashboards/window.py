"""Define the time window of a dashboard."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Compare = Literal["previous", "weeks", "none"]
WEEK = 7


@dataclass(frozen=True)
class Window:
    """Hold the moment, time zone and days that a dashboard shows.

    Days are the city's days, so the days of a clock change have 23 and 25 hours.
    """

    now: datetime
    zone: ZoneInfo
    replay: bool = True
    """Include replayed posts and cases: on the desk, with a note; never in public."""
    days: int = 28
    """Length in days, today included."""
    compare: Compare = "previous"
    """What numbers are compared with: the same number of days before, the same days of earlier weeks, or nothing."""
    since: datetime | None = None
    """Start of the window where it is not midnight (reports)."""
    earlier: tuple[datetime, datetime] | None = None
    """Bounds of the comparison period, where `compare` does not give them (the desk's lens)."""
    filters: tuple[tuple[str, str], ...] = ()
    """Field and value of each filter of a user; a case has no language, intent and sentiment."""
    within: tuple[frozenset[str], frozenset[str]] | None = None
    """Ids of the posts and keys of the cases in an area; None: everywhere."""

    def midnight(self, days_ago: int) -> datetime:
        """Return the start of the city's day `days_ago`; 0: today."""
        day = self.now.astimezone(self.zone).date() - timedelta(days=days_ago)
        return datetime.combine(day, time(), tzinfo=self.zone)

    @property
    def start(self) -> datetime:
        """Return the window's first moment; its last is before `now`."""
        return self.since or self.midnight(self.days - 1)

    @property
    def shift_days(self) -> int:
        """Return how many days earlier the comparison period lies."""
        return self.days if self.compare == "previous" else -(-self.days // WEEK) * WEEK

    @property
    def before(self) -> "Window | None":
        """Return the comparison period; None without one.

        It ends at the same time of day.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
        >>> Window(now=noon, zone=ZoneInfo("Europe/Madrid"), days=2).before.dates[0].isoformat()
        '2026-11-24'
        """
        if self.compare == "none":
            return None
        if self.earlier is not None:
            return replace(self, since=self.earlier[0], now=self.earlier[1], earlier=None, compare="none")
        shift = timedelta(days=self.shift_days)
        since = None if self.since is None else self.since.astimezone(self.zone) - shift
        return replace(self, now=self.now.astimezone(self.zone) - shift, since=since, compare="none")

    @property
    def dates(self) -> list[date]:
        """List the days of the window, oldest first.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
        >>> [day.isoformat() for day in Window(now=noon, zone=ZoneInfo("Europe/Madrid"), days=2).dates]
        ['2026-11-26', '2026-11-27']
        """
        first = self.start.astimezone(self.zone).date()
        last = (self.now - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]
