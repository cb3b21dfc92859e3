"""Hold what the citizens' pages share: context, caches, limits."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition
from typing import Any, Generic, TypeVar

from core.records.post import is_example
from core.web.rate_limits import RateLimit
from pipeline.casework.answering.search import AnswerFinder
from pipeline.context import Context, now
from reports.output import open_data
from reports.output.open_data import ResponseTimes

T = TypeVar("T")
FRESH_S = 30.0
"""Seconds after which pages are built again."""
MOST_PAGES = 500


Built = TypeVar("Built")


@dataclass
class Cache(Generic[Built]):
    """Keep what was built for FRESH_S seconds, the last MOST_PAGES.

    Public load must not become load of the ledger. One thread builds; the others meanwhile get the previous one, or wait for the
    first.
    """

    clock: Callable[[], float] = time.monotonic
    prepare: Callable[[], None] = lambda: None
    """Called before anything is built."""
    _kept: OrderedDict[tuple[str, ...], tuple[float, Built]] = field(default_factory=OrderedDict)
    _building: set[tuple[str, ...]] = field(default_factory=set)
    _change: Condition = field(default_factory=Condition)

    def get(self, key: tuple[str, ...], build: Callable[[], Built]) -> Built:
        """Return it, at most FRESH_S old unless it is being built."""
        with self._change:
            self._change.wait_for(lambda: key in self._kept or key not in self._building)
            found = self._kept.get(key)
            if found is not None and (self.clock() - found[0] < FRESH_S or key in self._building):
                return found[1]
            self._building.add(key)
        try:
            self.prepare()
            made = build()
            with self._change:
                self._kept[key] = self.clock(), made
                self._kept.move_to_end(key)
                while len(self._kept) > MOST_PAGES:
                    self._kept.popitem(last=False)
        finally:
            with self._change:
                self._building.discard(key)
                self._change.notify_all()
        return made


@dataclass
class Site:
    """Hold context and limits of the citizens' pages; one per process."""

    context: Context
    pages: Cache[bytes] = field(default_factory=Cache)
    figures: Cache[ResponseTimes] = field(default_factory=Cache)
    reported: Cache[Any] = field(default_factory=Cache)
    """The problems of "what is open", to be searched."""
    answers: AnswerFinder = field(init=False)
    questions: RateLimit = field(default_factory=lambda: RateLimit(120, 60))
    """Searches per address."""
    reports: RateLimit = field(default_factory=lambda: RateLimit(10, 600))
    """Reports per address."""
    map_steps: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """Steps on the map of the form per address."""
    pictures: RateLimit = field(default_factory=lambda: RateLimit(300, 60))
    """Pictures of the map per address: a step shows one of them, and some browsers fetch all three sizes."""
    receipts: RateLimit = field(default_factory=lambda: RateLimit(30, 60))
    """Receipts asked for per address: numbers must not be guessed."""
    replies: RateLimit = field(default_factory=lambda: RateLimit(10, 600))
    """Replies to questions of the council per address."""
    sightings: RateLimit = field(default_factory=lambda: RateLimit(20, 600))
    """"I see it too" per address."""
    same_sightings: RateLimit = field(default_factory=lambda: RateLimit(5, 86_400))
    """"I see it too" per address and problem: a household counts, and who deletes the cookie does not count without end."""

    def __post_init__(self) -> None:
        self.pages.prepare = self.reported.prepare = self.context.refresh  # what an administrator changed of the profile meanwhile
        self.answers = AnswerFinder(self.context)

    def times(self) -> ResponseTimes:
        """Return the city's response times, at most FRESH_S old.

        They are the one count behind page, start page and files: those of the example month where no real source is on.
        """
        context = self.context

        def build() -> ResponseTimes:
            return open_data.response_times(context.city, context.ledger, now(), example=self.shows_examples)

        return self.figures.get(("times",), build)

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
