"""Hold what the citizens' pages share: context, caches, limits."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from core.records.post import is_example
from core.web.rate_limits import RateLimit
from pipeline.casework.answer_search import AnswerFinder
from pipeline.context import Context

FRESH_S = 30.0
"""Pages are built again after so many seconds."""
MOST_PAGES = 500


@dataclass
class PageCache:
    """Keep built pages for FRESH_S seconds, the last MOST_PAGES.

    Public load must not become load of the ledger. One thread builds a page; the others meanwhile get the previous one.
    """

    clock: Callable[[], float] = time.monotonic
    prepare: Callable[[], None] = lambda: None
    """Called before a page is built."""
    _kept: OrderedDict[tuple[str, ...], tuple[float, bytes]] = field(default_factory=OrderedDict)
    _building: set[tuple[str, ...]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: tuple[str, ...], build: Callable[[], bytes]) -> bytes:
        """Return a page, at most FRESH_S old unless it is being built."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None and (self.clock() - found[0] < FRESH_S or key in self._building):
                return found[1]
            self._building.add(key)
        try:
            self.prepare()
            body = build()
            with self._lock:
                self._kept[key] = self.clock(), body
                self._kept.move_to_end(key)
                while len(self._kept) > MOST_PAGES:
                    self._kept.popitem(last=False)
        finally:
            with self._lock:
                self._building.discard(key)
        return body


@dataclass
class Site:
    """Hold context and limits of the citizens' pages; one per process."""

    context: Context
    pages: PageCache = field(default_factory=PageCache)
    answers: AnswerFinder = field(init=False)
    questions: RateLimit = field(default_factory=lambda: RateLimit(120, 60))
    """Searches per address."""
    reports: RateLimit = field(default_factory=lambda: RateLimit(10, 600))
    """Reports per address."""
    receipts: RateLimit = field(default_factory=lambda: RateLimit(30, 60))
    """Receipts asked for per address: numbers must not be guessed."""
    sightings: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """"I see it too" per address."""

    def __post_init__(self) -> None:
        self.pages.prepare = self.context.refresh  # what an administrator changed of the profile meanwhile
        self.answers = AnswerFinder(self.context)

    @property
    def secure(self) -> bool:
        """Tell whether the portal is reached by https."""
        return self.context.settings.portal_address.startswith("https://")

    @property
    def shows_examples(self) -> bool:
        """Tell whether example cases are shown, marked.

        They are while no real source is on: then there is nothing else to show.
        """
        sources = self.context.sources.values()
        real = any(one.off is None and not is_example(one.name) and one.name != "archive" for one in sources)
        return not real and any(is_example(one.name) and one.off is None for one in sources)
