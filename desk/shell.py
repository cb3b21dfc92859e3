"""Describe the frame of staff pages: lens bar and health light."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from desk.lens import DIMENSIONS, PLACES
from desk.lens.periods import PRESETS, Preset
from ledger import read
from ledger.read import Ledger
from pipeline.context import Context
from pipeline.health.heartbeat import Overdue, overdue_tasks

FRESH = timedelta(seconds=60)
"""How old the options of filters may be."""
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
    _options: tuple[datetime, Mapping[str, list[str]]] | None = None
    _silent: tuple[datetime, list[Overdue]] | None = None
    _lock: Lock = field(default_factory=Lock)

    def options(self, moment: datetime) -> Mapping[str, list[str]]:
        """Return the options of each filter, at most a minute old."""
        with self._lock:
            if self._options is None or moment - self._options[0] > FRESH:
                self._options = (moment, _options(self.context.ledger))
            return self._options[1]

    def silent(self, moment: datetime) -> list[Overdue]:
        """Return what is overdue in the system; empty while all is well."""
        with self._lock:
            if self._silent is None or moment - self._silent[0] > LIGHT_FRESH:
                self._silent = (moment, overdue_tasks(self.context, moment))
            return self._silent[1]


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
