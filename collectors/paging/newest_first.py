"""Reads a network that answers newest first, over as many runs as it takes, so that nothing between two reads is lost.

Per stream (a query, a feed, a subreddit) the cursor is a `StreamCursor`: `high`, the newest position seen, and while a read is not
complete `gap_until`, the position down to which it still has to go, and `token`, where the network goes on. `high` counts as read only
when `gap_until` is gone. Open stretches are finished before anything newer is asked. Without a token the open stretch is read
again from the top: the same posts twice are harmless, their ids are the same. The states as a diagram: docs/explanation/cursors.md.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from collectors.paging.cursor import SourceCursor, State, StreamCursor
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import BudgetSpentError, SourceError, StreamError
from core.records import Json

COMPLETE = {"read", "look_back"}
"""Ends of a read after which nothing older is left to be asked."""


DISTRUST = 5
"""Runs: an outage is over by then, or it is the token."""


@dataclass(frozen=True)
class ListingPage:
    """One page as the network gave it."""

    items: list[Item]
    token: str | None
    """Where the network goes on; None: nothing older."""
    walk: Json = field(default_factory=dict)
    """Kept in the state until this read is complete: what must be sent with every further token."""
    gap: Gap | None = None
    """A stretch the network will never give."""
    restart: bool = False
    """The stored token is not valid any more: begin again at the top."""


@dataclass(frozen=True)
class NewestFirst:
    """One query, feed or subreddit, and how to read it."""

    name: str
    read: Callable[[StreamCursor], ListingPage]
    position: Callable[[Item], int | None]
    """Where a record stands in the network's own order (a server's time or a number that grows); None: cannot be told."""
    floor: int
    """How far back the very first read goes."""
    overlap: int = 0
    """Read this much below the last complete read, as far as the pages go: for records that came in late."""
    reach: int | None = None
    """A listing ends after so many records, whether or not there are older ones."""
    deleted: Callable[[Item], str | None] | None = None
    """The id of a record that the network shows as deleted; None: it is not."""
    group: str = ""
    """See `streams.Stream`."""

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """First what an earlier run left open, then from the newest down to it."""
        cursor = StreamCursor.of(state, self.name)
        tokens: set[str] = set() if cursor.token is None else {cursor.token}
        catching_up = cursor.gap_until is not None
        pages = 1
        more = budget.page()
        while more:
            try:
                answer = self.read(cursor)
            except (SourceError, BudgetSpentError) as error:
                if cursor.gap_until is not None:
                    reason = "budget" if isinstance(error, BudgetSpentError) else "refused"
                    yield Step([], _after_refusal(cursor, error).as_state(), _gap(self, cursor, reason))
                raise
            opened, end = _opened(self, cursor, answer, tokens)
            stop = end == "repeated_token" or (end in COMPLETE and not catching_up)
            more = not stop and pages < share and budget.page()
            complete = end in COMPLETE or (end == "overlap" and not more)
            # after a read of several runs nothing newer than `high` is read, however long ago the first of them began
            read_at = None if catching_up else budget.now
            cursor = StreamCursor(high=opened.high, read_at=read_at) if complete else opened
            pages += 1
            yield from _steps(
                self, cursor, answer, _gap_after(self, opened, end, more), filled=catching_up and complete
            )
            catching_up = catching_up and not complete
            if complete or answer.restart:
                tokens.clear()  # some networks count: every read from the top has a token "100"


def inherit_cursor(
    cursor: Json | None,
    names: Collection[str],
    is_one: Callable[[str], bool],
    start: datetime,
    position: Callable[[datetime], int],
) -> Json | None:
    """The cursor in which new streams begin where those they replace are read to, if that is longer ago than `start`.

    A search is known by its words: with one word more it is another one, and would begin at `start`, whatever an outage left unread.

    Args:
        cursor: as the last run stored it.
        names: of the streams that are asked for now.
        is_one: whether a name in the cursor is that of such a stream.
        start: how far back a very first read goes.
        position: of a moment, in the network's own order.
    """
    states = SourceCursor.look_into(cursor).streams
    replaced = [StreamCursor.of(state, name) for name, state in states.items() if is_one(name) and name not in names]
    read_to = [found for one in replaced if (found := _read_to(one, position)) is not None]
    since = min(read_to, default=position(start))
    if since >= position(start):
        return cursor
    new = {name: StreamCursor(high=since).as_state() for name in names if name not in states}
    return {**(cursor or {}), "streams": {**states, **new}}


def _read_to(cursor: StreamCursor, position: Callable[[datetime], int]) -> int | None:
    """Nothing below is missing; None: nothing was ever read."""
    if cursor.read_at is not None:
        return position(cursor.read_at)
    # its first read is still open, or took several runs; or it took over from another and was not asked yet
    return cursor.high if cursor.gap_until is None else cursor.gap_until


def _after_refusal(cursor: StreamCursor, error: SourceError | BudgetSpentError) -> StreamCursor:
    """A token that run after run brings only refusals is given up: the open stretch is read again from the top."""
    if cursor.token is None or isinstance(error, BudgetSpentError):
        return cursor
    if error.fatal and not isinstance(error, StreamError):
        return cursor  # a withdrawn key says nothing about the token
    if cursor.refused + 1 < DISTRUST:
        return cursor.changed(refused=cursor.refused + 1)
    return cursor.changed(token=None, refused=0)


def _steps(
    stream: NewestFirst, cursor: StreamCursor, answer: ListingPage, own: Gap | None, filled: bool
) -> Iterator[Step]:
    """The page with its gap; a second gap has an empty page of its own."""
    told = [] if stream.deleted is None else map(stream.deleted, _sound(answer))
    deleted = tuple(native_id for native_id in told if native_id is not None)
    beyond = answer.gap and answer.gap.model_copy(update={"stream": stream.name})
    yield Step(answer.items, cursor.as_state(), beyond or own, deleted=deleted, filled=filled)
    if beyond and own:
        yield Step([], cursor.as_state(), own)


def _opened(
    stream: NewestFirst, cursor: StreamCursor, answer: ListingPage, tokens: set[str]
) -> tuple[StreamCursor, str]:
    """The cursor after this answer, and how it ended: open, overlap, read, look_back, repeated_token, cursor_invalid."""
    opened = cursor.changed(**answer.walk, token=None, refused=0, doubted=False)
    if answer.restart:
        return opened, "cursor_invalid"
    positions = [found for item in _sound(answer) if (found := stream.position(item)) is not None]
    reached = stream.floor if cursor.high is None else cursor.high
    until = reached if cursor.gap_until is None else cursor.gap_until
    newest, seen = max([*positions, reached]), cursor.seen + len(answer.items)
    oldest = min([*positions, opened.oldest or newest])
    opened = opened.changed(gap_until=until, high=newest, oldest=oldest, seen=seen)
    # a whole page, not one record: a single back-dated record must not end the read
    if positions and max(positions) < until - stream.overlap:
        return opened, "read"
    is_open = cursor.token is not None or cursor.gap_until is not None
    if answer.token is None and not answer.items and not cursor.doubted and is_open:
        # nothing, where more is known to be: asked for once more
        return opened.changed(token=cursor.token, doubted=True), "open"
    if answer.token is None:
        cut = stream.reach is not None and seen >= stream.reach and oldest > until
        return opened, "look_back" if cut else "read"
    if answer.token in tokens:
        return opened, "repeated_token"
    tokens.add(answer.token)
    known = bool(positions) and max(positions) < until
    return opened.changed(token=answer.token), "overlap" if known else "open"


def _sound(answer: ListingPage) -> list[Item]:
    """The records that are objects; the others are counted by `parse`."""
    return [item for item in answer.items if isinstance(item, dict)]


def _gap_after(stream: NewestFirst, opened: StreamCursor, end: str, more: bool) -> Gap | None:
    if end in {"read", "overlap"} or (end == "open" and more):
        return None
    return _gap(stream, opened, "page_cap" if end == "open" else end)


def _gap(stream: NewestFirst, cursor: StreamCursor, reason: str) -> Gap:
    return Gap(
        stream=stream.name,
        newer_than=None if cursor.gap_until is None else str(cursor.gap_until),
        older_than=None if cursor.oldest is None else str(cursor.oldest),
        reason=reason,
    )
