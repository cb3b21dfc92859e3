"""Watch whether the search engine answers, for the light on every page."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock, Thread

from pipeline.health.alarms import Alarm

CHECKED_EVERY = timedelta(seconds=15)


@dataclass
class SearchWatch:
    """Hold since when the search engine does not answer; one per process.

    No page waits for a check: it shows the result of the last one, and begins the next one in the background when that is old.
    """

    answers: Callable[[], object]
    """Queries the engine; falsy: no answer."""
    checking: Thread | None = None
    _checked_at: datetime | None = None
    _down_since: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def alarms(self, moment: datetime) -> list[Alarm]:
        """Return the alarm of an engine that does not answer; else none."""
        with self._lock:
            if self._checked_at is None or abs(moment - self._checked_at) > CHECKED_EVERY:
                self._checked_at = moment
                self.checking = Thread(target=self._check, args=(moment,), name="search-watch", daemon=True)
                self.checking.start()
            return [] if self._down_since is None else [Alarm("search", self._down_since)]

    def note(self, answers: bool, moment: datetime) -> None:
        """Record the result of a check."""
        with self._lock:
            self._checked_at = moment
            self._down_since = None if answers else self._down_since or moment

    def _check(self, moment: datetime) -> None:
        self.note(bool(self.answers()), moment)
