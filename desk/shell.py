"""Describe the frame of staff pages: lens bar and health light."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from desk.lens import DIMENSIONS
from desk.lens.periods import PRESETS, Preset
from ledger import read
from ledger.read import Ledger
from pipeline.context import Context
from pipeline.health.alarms import Alarm, alarms

FRESH = timedelta(seconds=60)
"""How old the options of filters may be."""
LIGHT_FRESH = timedelta(seconds=15)
"""How old the health light may be."""
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class LensBar:
    """Describe which parts of the lens a page uses."""

    period: Preset
    parts: tuple[str, ...] = DIMENSIONS
    """Filters that apply to the rows of the page."""
    compares: bool = False
    """The page shows the earlier period too."""
    periods: tuple[Preset, ...] = tuple(one for one in PRESETS if one not in ("28d", "custom"))
    """Periods offered, beside a range of one's own."""


@dataclass
class Shell:
    """Cache what the frame of every page shows; one per process."""

    context: Context
    _options: tuple[datetime, Mapping[str, list[str]]] | None = None
    _alarms: tuple[datetime, list[Alarm]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def options(self, moment: datetime) -> Mapping[str, list[str]]:
        """Return the options of each filter, at most a minute old."""
        with self._lock:
            if self._options is None or moment - self._options[0] > FRESH:
                self._options = (moment, _options(self.context.ledger))
            return self._options[1]

    def alarms(self, moment: datetime) -> list[Alarm]:
        """Return what is wrong in the system; empty while all is well."""
        with self._lock:
            if self._alarms is None or abs(moment - self._alarms[0]) > LIGHT_FRESH:
                self._alarms = (moment, alarms(self.context, moment))
            return self._alarms[1]


def _options(ledger: Ledger) -> dict[str, list[str]]:
    seen = read.values(ledger)
    return {
        "topic": list(TOPICS),
        "district": seen["district"],
        "source": seen["source"],
        "language": seen["language"],
        "intent": list(INTENTS),
        "sentiment": list(SENTIMENTS),
    }
