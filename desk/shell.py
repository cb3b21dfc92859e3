"""Describe the frame of staff pages: lens bar and health light."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.periods import PRESETS, Preset
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from desk.lens import DIMENSIONS, PLACES
from desk.search_watch import SearchWatch
from ledger import read
from pipeline.context import Context
from pipeline.health.alarms import Alarm, alarms

LIGHT_FRESH = timedelta(seconds=15)
"""How old the health light may be."""
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class LensBar:
    """Describe which parts of the lens a page uses."""

    period: Preset
    parts: tuple[str, ...] = (*DIMENSIONS, *PLACES)
    """Filters that apply to the rows of the page."""
    compares: bool = False
    """The page shows the earlier period too."""
    periods: tuple[Preset, ...] = tuple(one for one in PRESETS if one not in ("28d", "custom"))
    """Periods offered, beside a range of one's own."""


@dataclass
class Shell:
    """Cache what the frame of every page shows; one per process."""

    context: Context
    counts: read.PostCounts
    search: SearchWatch
    _alarms: tuple[datetime, list[Alarm]] | None = None
    _has_run: bool = False
    _lock: Lock = field(default_factory=Lock)

    def options(self) -> Mapping[str, Sequence[str]]:
        """Return the options of each filter."""
        seen = self.counts.values()
        occurring = {name: seen[name] for name in ("district", "source", "language")}
        return {"topic": TOPICS, **occurring, "intent": INTENTS, "sentiment": SENTIMENTS}

    def alarms(self, moment: datetime) -> list[Alarm]:
        """Return what is wrong in the system; empty while all is well."""
        with self._lock:
            if self._alarms is None or abs(moment - self._alarms[0]) > LIGHT_FRESH:
                self._alarms = (moment, alarms(self.context, moment))
            return [*self._alarms[1], *self.search.alarms(moment)]

    def has_run(self) -> bool:
        """Say whether a scheduler or a source ever ran."""
        ledger = self.context.ledger
        self._has_run = self._has_run or read.last_beat(ledger) is not None or bool(read.runs(ledger, 1))
        return self._has_run
