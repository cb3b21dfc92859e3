"""Read Bluesky's live stream, keeping the posts that name the city.

A run reads from the stored moment to the present and stores its position, so no process keeps running, and after a kill the next run
continues from the last stored page. The stream contains every deletion on the network as well. What it no longer holds is a recorded
gap, which the searches fill.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from collectors.bluesky.jetstream import Tail, microseconds
from collectors.bluesky.mapping import uri_of
from collectors.paging.cursor import SourceCursor, State, StreamCursor, StreamState
from collectors.paging.newest_first import NewestFirst
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Gap

NAME = "live"
PAGE, PAGE_EVENTS, PAGE_S = 100, 20_000, 10.0
"""A page is stored after this many posts about the city, events in all, or seconds."""


class LiveCursor(StreamState):
    """Hold how far the stream was read; times in microseconds."""

    at: int | None = None
    """Read up to here."""
    behind: bool = False
    """The last run ended before the present."""
    missed: tuple[int, int] | None = None
    """Start and end of what the searches must fill."""


def live_streams(
    address: str, agent: str, names_city: Callable[[str], bool], searches: Sequence[NewestFirst], cursor: Json | None
) -> "list[Live | Backfill]":
    """Build the live stream, and the searches that fill its gaps."""
    states = SourceCursor.look_into(cursor).streams
    missed = LiveCursor.of(states.get(NAME, {}), NAME).missed
    kept = [StreamCursor.of(states.get(one.name, {}), one.name) for one in searches]
    filled = missed is not None and all(is_filled(one, missed) for one in kept)
    return [Live(address, agent, names_city, filled), *(Backfill(one, missed) for one in searches)]


@dataclass
class EventBuffer:
    """Collect the events since the last page."""

    items: list[Item] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    events: int = 0
    began: float = field(default_factory=time.monotonic)

    def take(self, event: Item, names_city: Callable[[str], bool]) -> None:
        """Take one event: a deletion, a post about the city, or another."""
        self.events += 1
        if event.get("operation") == "delete":
            self.deleted += [uri_of(event)] if "did" in event and "rkey" in event else []
        elif names_city(_text(event)):
            self.items.append(event)

    def is_full(self) -> bool:
        """Tell whether the page must be stored."""
        return len(self.items) >= PAGE or self.events >= PAGE_EVENTS or time.monotonic() - self.began >= PAGE_S


@dataclass(frozen=True)
class Live:
    """Describe the live stream; see `LiveCursor`."""

    address: str
    agent: str
    """User agent sent to the server."""
    names_city: Callable[[str], bool]
    filled: bool
    """The searches have filled the gap."""
    name: str = NAME
    group: str = NAME

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield pages from the stored position to the run's start."""
        cursor = LiveCursor.of(state, NAME)
        if self.filled:
            cursor = cursor.changed(missed=None)
            yield Step([], cursor.as_state(), None, filled=not cursor.behind)
        present = microseconds(budget.now)
        outdated = False
        begin = present if cursor.at is None else min(cursor.at, present)
        tail = Tail(self.address, self.agent, begin, budget.now)
        buffer, pages = EventBuffer(), 1
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
                        buffer.take(event, self.names_city)
                    if event is None and outdated:
                        tail.at = max(tail.at, present)  # the searches fill everything up to now
                    end = event is None or tail.at >= present
                    if not end and not buffer.is_full():
                        continue
                    more = not end and pages < page_quota and budget.page()
                    cursor, before = cursor.changed(at=tail.at, behind=not end), cursor
                    yield _step(buffer, cursor, before, None if end or more else "page_cap")
                    if not more:
                        return
                    buffer, pages = EventBuffer(), pages + 1
        except SourceError:
            if buffer.events:
                yield _step(buffer, cursor.changed(at=tail.at, behind=True), cursor, "refused")
            raise


@dataclass(frozen=True)
class Backfill:
    """Run a search once to its end, then for gaps only."""

    search: NewestFirst
    missed: tuple[int, int] | None
    """Start and end of the gap (microseconds)."""

    @property
    def name(self) -> str:
        """Return that of the search."""
        return self.search.name

    @property
    def group(self) -> str:
        """Return that of the search."""
        return self.search.group

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield the search's pages, if there is a gap."""
        cursor = StreamCursor.of(state, self.name)
        if is_filled(cursor, self.missed):
            return
        cursor = cursor.changed(filled=None)
        if self.missed and cursor.high is not None and cursor.gap_until is None:
            # the stream returned everything before it
            cursor = cursor.changed(high=max(cursor.high, self.missed[0] // 1000))
        for step in self.search.fetch_pages(cursor.as_state(), page_quota, budget):
            after = StreamCursor.of(step.state, self.name)
            if after.gap_until is None:
                after = after.changed(filled=self.missed[1] if self.missed else 0)
            yield replace(step, state=after.as_state())


def is_filled(cursor: StreamCursor, missed: tuple[int, int] | None) -> bool:
    """Tell whether the search has filled the last gap of the stream.

    It must have reached its end since, without a gap in its own listing.
    """
    filled = cursor.filled
    return cursor.gap_until is None and filled is not None and filled >= (missed[1] if missed else 0)


def describe_event(address: str, agent: str, now: datetime) -> str:
    """Wait for one event, and describe the result.

    Raises:
        SourceError: no server responds.
    """
    tail = Tail(address, agent, microseconds(now), now)
    with closing(tail.events()) as events:
        return "the live stream answers" if next(events) else "the live stream answers, without events right now"


def _step(buffer: EventBuffer, cursor: LiveCursor, before: LiveCursor, gap: str | None) -> Step:
    """Build the page. A run that reaches the present closes earlier gaps."""
    return Step(
        buffer.items,
        cursor.as_state(),
        None if gap is None else Gap(stream=NAME, newer_than=str(cursor.at), reason=gap),
        deleted_anywhere=tuple(buffer.deleted),
        filled=before.behind and not cursor.behind and cursor.missed is None,
    )


def _missed(cursor: LiveCursor, since: int, until: int) -> LiveCursor:
    """Extend the range that the searches must fill."""
    begin = since if cursor.missed is None else min(since, cursor.missed[0])
    return cursor.changed(missed=(begin, until))


def _text(event: Item) -> str:
    record = event.get("record")
    text = record.get("text") if isinstance(record, dict) else None
    return text if isinstance(text, str) else ""
