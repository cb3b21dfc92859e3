"""Run a collector repeatedly against a network on loopback.

What it yields is kept as the pipeline would store it. A `World` is one network: its stub, its page size, and its collector. What may
happen between two runs: `scenarios.py`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Gap, Page
from tests.support.stubs.listing import Faults, Listing, Said
from tests.support.stubs.server import Reply, Stub

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class World(Protocol):
    listing: Listing
    page_size: int
    tokens: bool
    """Pages are told by a token, not by the ids they hold."""
    read_again: int
    """Posts of before that the first page of a read holds once more."""
    repeats: int
    """Posts of the page before that every further page holds once more."""
    too_many: Reply
    """429 with a reset in 120 s."""
    essential: str
    """A field without which no message can be made."""

    keeper: "Keeper | None"
    """Stores what is read in a ledger, as the pipeline does."""

    @property
    def reach(self) -> int | None:
        """Return after how many posts a listing of this network ends."""

    @property
    def stub(self) -> Stub: ...
    def say(self, posts: list[Said]) -> None: ...
    def faults(self, faults: Faults) -> None: ...
    def collect(self, cursor: Json | None, budget: Budget) -> Iterator[Page]: ...


class Keeper(Protocol):
    """Consume the pages of one run, beside the scenario's own records."""

    def begin(self, at: datetime) -> str: ...
    def take(self, run_id: str, page: Page) -> None: ...
    def end(self, run_id: str, error: SourceError | None) -> None: ...


@dataclass
class Run:
    """Hold one run of the collector as the pipeline would store it."""

    ids: list[str] = field(default_factory=list)
    rejected: int = 0
    cursor: Json | None = None
    gaps: list[Gap] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    pages: int = 0
    error: SourceError | None = None

    def took(self, page: Page) -> None:
        """Keep what the pipeline would store of a page."""
        self.ids += [raw.native_id for raw in page.raws]
        self.rejected += len(page.rejects)
        self.cursor = json.loads(json.dumps(page.cursor))  # as it comes back from the ledger
        self.gaps += [page.gap] if page.gap else []
        self.filled += page.filled
        self.pages += 1

    def took_all(self, pages: Iterable[Page]) -> None:
        """Keep what the pipeline would store of these pages, up to an error."""
        for page in pages:
            self.took(page)


SMALL = 40
"""Records a page: with fewer, 250 posts are ten pages, and a read that begins again needs more runs."""


def run(world: World, cursor: Json | None, at: datetime, pages: int = 50, kill_after: int | None = None) -> Run:
    """Collect until the budget is spent.

    `kill_after` drops the generator after so many stored pages.
    """
    done = Run(cursor=cursor)
    keeper = world.keeper
    run_id = keeper.begin(at) if keeper else ""
    stream = world.collect(cursor, Budget(now=at, until=at + timedelta(minutes=10), pages=pages))
    try:
        for page in stream:
            done.took(page)
            if keeper:
                keeper.take(run_id, page)
            if done.pages == kill_after:
                stream.close()  # type: ignore[attr-defined]
                return done
    except SourceError as error:
        done.error = error
    if keeper:
        keeper.end(run_id, done.error)
    return done


def runs(world: World, cursor: Json | None, at: datetime, count: int, pages: int = 50) -> list[Run]:
    """Run it several times, a quarter of an hour apart."""
    done: list[Run] = []
    for _ in range(count):
        done.append(run(world, cursor, at, pages))
        cursor, at = done[-1].cursor, at + timedelta(minutes=15)
    return done


def burst(count: int, end: datetime, first: int = 1, step: timedelta = timedelta(seconds=1)) -> list[Said]:
    """Make `count` posts, one each `step`, the last at `end`."""
    return [Said(first + i, end - step * (count - 1 - i)) for i in range(count)]


def started(world: World) -> Run:
    """Publish and collect 30 posts."""
    world.say(burst(30, NOW - timedelta(hours=3)))
    first = run(world, None, NOW - timedelta(hours=2))
    assert len(set(first.ids)) == 30, first.error
    assert first.gaps == []
    return first


def held(world: World, pages: int) -> int:
    """Return how many new posts fit on so many full pages."""
    return pages * world.page_size - world.read_again - (pages - 1) * world.repeats


def new_ids(done: list[Run], before: Run) -> list[int]:
    """Count the posts of each run that no earlier run had."""
    seen, counts = set(before.ids), []
    for each in done:
        counts.append(len(set(each.ids) - seen))
        seen |= set(each.ids)
    return counts


def new_of_a_burst(world: World) -> list[int]:
    """Count the new posts of six runs after 2,010 posts at once.

    Each run has five pages.
    """
    first = started(world)
    world.say(burst(2010, NOW, first=100))
    return new_ids(runs(world, first.cursor, NOW, 6, pages=5), first)


def merged(*several: Run) -> Run:
    return Run(ids=[native_id for each in several for native_id in each.ids])
