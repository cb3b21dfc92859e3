"""Judge alerts against planted events: recall, false alarms, delay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workshop.trends.city import Event

CADENCE = timedelta(minutes=5)
"""`escucha warn` runs every five minutes: an alert is raised at the next run."""
OVERLAP = 0.3
"""Share of an alert's posts that are the event's from which the alert is about it."""


@dataclass(frozen=True)
class Alert:
    """Describe an alert of any method."""

    at: datetime
    post_ids: frozenset[str]
    whole: bool = False
    """It is about the volume of the network, and is counted apart."""


@dataclass(frozen=True)
class Result:
    """Hold the figures of one method on one city."""

    events: int
    found: int
    false_alarms: int
    weeks: float
    delays: tuple[timedelta, ...]
    volume_alerts: int = 0

    @property
    def recall(self) -> float:
        """Return the share of events found."""
        return self.found / max(1, self.events)

    @property
    def false_per_week(self) -> float:
        """Return false alarms a week."""
        return self.false_alarms / self.weeks

    @property
    def median_delay(self) -> timedelta | None:
        """Return the median time from the first post to the alert."""
        return sorted(self.delays)[len(self.delays) // 2] if self.delays else None

    @property
    def p95_delay(self) -> timedelta | None:
        """Return the delay that 95 of 100 found events do not exceed."""
        return sorted(self.delays)[min(len(self.delays) - 1, int(0.95 * len(self.delays)))] if self.delays else None


def judge(alerts: Sequence[Alert], events: Sequence[Event], start: datetime, end: datetime) -> Result:
    """Judge the alerts raised from `start` to `end`."""
    inside = [one for one in alerts if start <= one.at < end]
    planted = [one for one in events if start <= one.start < end]
    true: set[int] = set()
    delays = []
    for event in planted:
        about = [n for n, alert in enumerate(inside) if not alert.whole and is_about(alert, event)]
        true.update(about)
        if about:
            delays.append(max(timedelta(0), min(_raised(inside[n].at) for n in about) - event.start))
    false = [n for n, alert in enumerate(inside) if n not in true and not alert.whole]
    volume = sum(alert.whole and n not in true for n, alert in enumerate(inside))
    weeks = (end - start) / timedelta(weeks=1)
    return Result(len(planted), len(delays), len(false), weeks, tuple(delays), volume)


def is_about(alert: Alert, event: Event) -> bool:
    """Tell whether the posts of an alert are those of an event."""
    shared = len(alert.post_ids & event.post_ids)
    return shared >= 2 and shared >= OVERLAP * len(alert.post_ids)


def _raised(at: datetime) -> datetime:
    """Return the next run of the step after a moment."""
    seconds = at.timestamp()
    return datetime.fromtimestamp((seconds // CADENCE.total_seconds() + 1) * CADENCE.total_seconds(), at.tzinfo)


def pooled(results: Sequence[Result]) -> Result:
    """Return the figures of several cities or draws together."""
    return Result(
        sum(one.events for one in results),
        sum(one.found for one in results),
        sum(one.false_alarms for one in results),
        sum(one.weeks for one in results),
        tuple(delay for one in results for delay in one.delays),
        sum(one.volume_alerts for one in results),
    )
