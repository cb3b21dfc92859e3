"""Keep what thresholds would decide of the newest posts, for some minutes.

Trying values takes seconds: its page, and the lists of posts behind its numbers, share one try.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.config.city import City
from ledger.read import Ledger
from pipeline.city.what_if import WhatIf, what_if

WEEKS = timedelta(weeks=4)
"""Older posts are not tried."""
NEWEST = 2000
"""Most posts that are tried: 6.6 s of one core at first, with the loading of the rules."""
KEPT_FOR = timedelta(minutes=10)
MOST_KEPT = 4


@dataclass
class Rehearsals:
    """Cache tries by their thresholds; one at a time runs."""

    _kept: OrderedDict[str, tuple[datetime, WhatIf]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, ledger: Ledger, city: City, moment: datetime) -> WhatIf:
        """Return what a profile would decide, at most some minutes old."""
        key = city.triage.model_dump_json()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or moment - kept[0] > KEPT_FOR:
                kept = (moment, what_if(ledger, city, since=moment - WEEKS, newest=NEWEST))
                self._kept[key] = kept
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            return kept[1]

    def clear(self) -> None:
        """Forget all tries, because decisions or settings changed."""
        with self._lock:
            self._kept.clear()
