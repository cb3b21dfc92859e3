"""Bluesky as it happens: everything written there since the last read goes by, and what names the city is kept.

A run reads from the stored moment to the present and hands its place back, so nothing has to be kept running, and after a kill the
next run reads on from the last page that was stored. Every deletion on the network goes by as well. What the stream does not keep
any more is a recorded gap, which the searches fill.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors.bluesky.jetstream import Tail, microseconds
from collectors.bluesky.mapping import uri_of
from collectors.paging.cursor import SourceCursor, State, StreamCursor, StreamState
from collectors.paging.newest_first import Stream
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import SourceError
from core.records import Json

NAME = "live"
PAGE, PAGE_EVENTS, PAGE_S = 100, 20_000, 10.0
"""A page is stored after so many posts of ours, so many events in all, or so many seconds."""


class LiveCursor(StreamState):
    """How far Bluesky's stream of everything was read; moments in microseconds. See `bluesky/live.py`."""

    at: int | None = None
    """Read up to here."""
    behind: bool = False
    """The last run ended before the present."""
    missed: tuple[int, int] | None = None
    """From when until when the searches must fill what the stream did not keep."""


def listening(
    address: str, agent: str, is_ours: Callable[[str], bool], searches: Sequence[Stream], cursor: Json | None
) -> "list[Live | Backfill]":
    """The stream of everything, and the searches that fill what it cannot give."""
    states = SourceCursor.look_into(cursor).streams
    missed = LiveCursor.of(states.get(NAME, {}), NAME).missed
    kept = [StreamCursor.of(states.get(one.name, {}), one.name) for one in searches]
    filled = missed is not None and all(is_filled(one, missed) for one in kept)
    return [Live(address, agent, is_ours, filled), *(Backfill(one, missed) for one in searches)]


@dataclass
class Passing:
    """What went by since the last page."""

    items: list[Item] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    events: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self, event: Item, is_ours: Callable[[str], bool]) -> None:
        """One event: a deletion, a post of ours, or one that is let go."""
        self.events += 1
        if event.get("operation") == "delete":
            self.deleted += [uri_of(event)] if "did" in event and "rkey" in event else []
        elif is_ours(_text(event)):
            self.items.append(event)

    def is_full(self) -> bool:
        """Whether it is time to store it."""
        return len(self.items) >= PAGE or self.events >= PAGE_EVENTS or time.monotonic() - self.began >= PAGE_S


@dataclass(frozen=True)
class Live:
    """The stream of everything; see `LiveCursor`."""

    address: str
    agent: str
    """Says to the server who listens."""
    is_ours: Callable[[str], bool]
    filled: bool
    """The searches have filled what was missed."""
    name: str = NAME
    group: str = NAME

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """From where the last run ended to the moment this run began."""
        cursor = LiveCursor.of(state, NAME)
        if self.filled:
            cursor = cursor.changed(missed=None)
            yield Step([], cursor.as_state(), None, filled=not cursor.behind)
        present = microseconds(budget.now)
        outdated = False
        begin = present if cursor.at is None else min(cursor.at, present)
        tail = Tail(self.address, self.agent, begin, budget.now)
        passing, pages = Passing(), 1
        if not budget.page():
            return
        try:
            with closing(tail.events()) as events:
                for event in events:
                    if tail.outdated_from is not None:
                        cursor = _missed(cursor, tail.outdated_from, present)
                        gap = Gap(stream=NAME, newer_than=str(tail.outdated_from), reason="cursor_invalid")
                        yield Step([], cursor.as_state(), gap)
                        tail.outdated_from, outdated = None, True
                    if event is not None:
                        passing.take(event, self.is_ours)
                    if event is None and outdated:
                        tail.at = max(tail.at, present)  # all until now is to be searched for
                    end = event is None or tail.at >= present
                    if not end and not passing.is_full():
                        continue
                    more = not end and pages < share and budget.page()
                    cursor, before = cursor.changed(at=tail.at, behind=not end), cursor
                    yield _step(passing, cursor, before, None if end or more else "page_cap")
                    if not more:
                        return
                    passing, pages = Passing(), pages + 1
        except SourceError:
            if passing.events:
                yield _step(passing, cursor.changed(at=tail.at, behind=True), cursor, "refused")
            raise


@dataclass(frozen=True)
class Backfill:
    """A search that is made to its end once, and again only for what the stream of everything has missed."""

    search: Stream
    missed: tuple[int, int] | None
    """From when until when (microseconds)."""

    @property
    def name(self) -> str:
        """That of the search."""
        return self.search.name

    @property
    def group(self) -> str:
        """That of the search."""
        return self.search.group

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """The search, when there is something to search for."""
        cursor = StreamCursor.of(state, self.name)
        if is_filled(cursor, self.missed):
            return
        cursor = cursor.changed(filled=None)
        if self.missed and cursor.high is not None and cursor.gap_until is None:
            # the stream gave all that was before
            cursor = cursor.changed(high=max(cursor.high, self.missed[0] // 1000))
        for step in self.search.walk(cursor.as_state(), share, budget):
            after = StreamCursor.of(step.state, self.name)
            if after.gap_until is None:
                after = after.changed(filled=self.missed[1] if self.missed else 0)
            yield replace(step, state=after.as_state())


def is_filled(cursor: StreamCursor, missed: tuple[int, int] | None) -> bool:
    """Whether a search was read to its end since the stream of everything missed something, and is not open again since."""
    filled = cursor.filled
    return cursor.gap_until is None and filled is not None and filled >= (missed[1] if missed else 0)


def heard(address: str, agent: str, now: datetime) -> str:
    """One event, or the lack of any, said in words.

    Raises:
        SourceError: nobody answers there.
    """
    tail = Tail(address, agent, microseconds(now), now)
    with closing(tail.events()) as events:
        return "the live stream answers" if next(events) else "the live stream answers, and nothing is said on it now"


def _step(passing: Passing, cursor: LiveCursor, before: LiveCursor, gap: str | None) -> Step:
    """The page; a run that comes to the present closes what earlier runs left open."""
    return Step(
        passing.items,
        cursor.as_state(),
        None if gap is None else Gap(stream=NAME, newer_than=str(cursor.at), reason=gap),
        deleted_anywhere=tuple(passing.deleted),
        filled=before.behind and not cursor.behind and cursor.missed is None,
    )


def _missed(cursor: LiveCursor, since: int, until: int) -> LiveCursor:
    """What the searches must fill, together with what they have not filled yet."""
    begin = since if cursor.missed is None else min(since, cursor.missed[0])
    return cursor.changed(missed=(begin, until))


def _text(event: Item) -> str:
    record = event.get("record")
    text = record.get("text") if isinstance(record, dict) else None
    return text if isinstance(text, str) else ""
