"""Page through a newest-first listing over several runs, without losing a record.

The cursor of a stream (a query, a feed, a subreddit) is a `StreamCursor`: `high`, the newest position seen, and while a fetch is
incomplete `gap_until`, the position down to which it must continue, and `token`, the network's next page. Everything up to `high` is
fetched only when `gap_until` is None. Open gaps are finished before anything newer is requested. Without a token the gap is fetched
again from the top: duplicate posts are harmless, their ids are the same. The states as a diagram: docs/explanation/cursors.md.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from collectors.paging.cursor import SourceCursor, State, StreamCursor
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.errors import BudgetSpentError, SourceError, StreamError
from core.records import Json
from core.records.collection import Budget, Gap

COMPLETE_ENDS = {"read", "look_back"}
"""Ends of a fetch after which nothing older remains to be requested."""


MAX_REFUSALS = 5
"""Number of runs after which an outage is over; if not, the token is the cause."""


@dataclass(frozen=True)
class ListingPage:
    """Hold one page as the network returned it."""

    items: list[Item]
    token: str | None
    """The network's token for the next page; None: nothing older."""
    extra_state: Json = field(default_factory=dict)
    """Merged into the state until this fetch is complete: what must be sent with every later token."""
    gap: Gap | None = None
    """A range that the network will never return."""
    restart: bool = False
    """The stored token is no longer valid: restart at the top."""


@dataclass(frozen=True)
class NewestFirst:
    """Describe one query, feed or subreddit and how to page through it."""

    name: str
    read: Callable[[StreamCursor], ListingPage]
    position: Callable[[Item], int | None]
    """Position of a record in the network's own order (server time or an increasing number); None: unknown."""
    floor: int
    """Position at which the first fetch ends."""
    overlap: int = 0
    """Continue this far below the last complete fetch, within the pages of the run: for records that arrived late."""
    max_listing: int | None = None
    """Length at which the network cuts a listing, whether or not older records exist; None: it does not."""
    deleted: Callable[[Item], str | None] | None = None
    """Id of a record that the network shows as deleted; None: it is not deleted."""
    group: str = ""
    """See `scheduler.Stream`."""

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield the rest of an unfinished fetch, then newer pages."""
        cursor = StreamCursor.of(state, self.name)
        tokens: set[str] = set() if cursor.token is None else {cursor.token}
        catching_up = cursor.gap_until is not None
        pages = 1
        more = budget.page()
        while more:
            try:
                page = self.read(cursor)
            except (SourceError, BudgetSpentError) as error:
                if cursor.gap_until is not None:
                    reason = "budget" if isinstance(error, BudgetSpentError) else "refused"
                    yield Step([], _after_refusal(cursor, error).as_state(), _gap(self, cursor, reason))
                raise
            opened, end = _advance(self, cursor, page, tokens)
            stop = end == "repeated_token" or (end in COMPLETE_ENDS and not catching_up)
            more = not stop and pages < page_quota and budget.page()
            complete = end in COMPLETE_ENDS or (end == "overlap" and not more)
            # a fetch of several runs covers nothing newer than `high`, however long ago its first run began
            read_at = None if catching_up else budget.now
            cursor = StreamCursor(high=opened.high, read_at=read_at) if complete else opened
            pages += 1
            yield from _steps(self, cursor, page, _gap_after(self, opened, end, more), filled=catching_up and complete)
            catching_up = catching_up and not complete
            if complete or page.restart:
                tokens.clear()  # some networks use offsets: every fetch from the top has a token "100"


def inherit_cursor(
    cursor: Json | None, names: Collection[str], is_one: Callable[[str], bool], start: datetime, position: Callable[[datetime], int]
) -> Json | None:
    """Start new streams where the streams they replace were fetched up to.

    The cursor identifies a search by its query. With one term more it is another stream, which would begin at `start` and lose what an
    outage left unfetched. The cursor is unchanged unless a replaced stream ended before `start`.

    Args:
        cursor: as the last run stored it.
        names: of the current streams.
        is_one: whether a name in the cursor belongs to such a stream.
        start: where a first fetch begins.
        position: of a moment, in the network's own order.
    """
    states = SourceCursor.look_into(cursor).streams
    replaced = [StreamCursor.of(state, name) for name, state in states.items() if is_one(name) and name not in names]
    read_to = [found for one in replaced if (found := _fetched_to(one, position)) is not None]
    since = min(read_to, default=position(start))
    if since >= position(start):
        return cursor
    new = {name: StreamCursor(high=since).as_state() for name in names if name not in states}
    return {**(cursor or {}), "streams": {**states, **new}}


def _fetched_to(cursor: StreamCursor, position: Callable[[datetime], int]) -> int | None:
    """Return the position below which nothing is missing; None: nothing was fetched."""
    if cursor.read_at is not None:
        return position(cursor.read_at)
    # its first fetch is unfinished or took several runs; or it inherited its cursor and was not fetched yet
    return cursor.high if cursor.gap_until is None else cursor.gap_until


def _after_refusal(cursor: StreamCursor, error: SourceError | BudgetSpentError) -> StreamCursor:
    """Count a refusal, and drop a token that is refused repeatedly.

    Without its token the gap is fetched again from the top.
    """
    if cursor.token is None or isinstance(error, BudgetSpentError):
        return cursor
    if error.fatal and not isinstance(error, StreamError):
        return cursor  # a revoked key does not make the token invalid
    if cursor.refused + 1 < MAX_REFUSALS:
        return cursor.changed(refused=cursor.refused + 1)
    return cursor.changed(token=None, refused=0)


def _steps(stream: NewestFirst, cursor: StreamCursor, page: ListingPage, own: Gap | None, filled: bool) -> Iterator[Step]:
    """Yield the page with its gap. A second gap gets an empty page."""
    found = [] if stream.deleted is None else map(stream.deleted, _objects(page))
    deleted = tuple(native_id for native_id in found if native_id is not None)
    beyond = page.gap and page.gap.model_copy(update={"stream": stream.name})
    yield Step(page.items, cursor.as_state(), beyond or own, deleted=deleted, filled=filled)
    if beyond and own:
        yield Step([], cursor.as_state(), own)


def _advance(stream: NewestFirst, cursor: StreamCursor, page: ListingPage, tokens: set[str]) -> tuple[StreamCursor, str]:
    """Return the cursor after this response, and how the response ended.

    Ends: open, overlap, read, look_back, repeated_token, cursor_invalid.
    """
    opened = cursor.changed(**page.extra_state, token=None, refused=0, doubted=False)
    if page.restart:
        return opened, "cursor_invalid"
    positions = [found for item in _objects(page) if (found := stream.position(item)) is not None]
    reached = stream.floor if cursor.high is None else cursor.high
    until = reached if cursor.gap_until is None else cursor.gap_until
    newest, seen = max([*positions, reached]), cursor.seen + len(page.items)
    oldest = min([*positions, opened.oldest or newest])
    opened = opened.changed(gap_until=until, high=newest, oldest=oldest, seen=seen)
    # a whole page, not one record: a single back-dated record must not end the fetch
    if positions and max(positions) < until - stream.overlap:
        return opened, "read"
    is_open = cursor.token is not None or cursor.gap_until is not None
    if page.token is None and not page.items and not cursor.doubted and is_open:
        # empty although more is known to exist: request it once more
        return opened.changed(token=cursor.token, doubted=True), "open"
    if page.token is None:
        cut = stream.max_listing is not None and seen >= stream.max_listing and oldest > until
        return opened, "look_back" if cut else "read"
    if page.token in tokens:
        return opened, "repeated_token"
    tokens.add(page.token)
    known = bool(positions) and max(positions) < until
    return opened.changed(token=page.token), "overlap" if known else "open"


def _objects(page: ListingPage) -> list[Item]:
    """Return the records that are objects; `parse` counts the others."""
    return [item for item in page.items if isinstance(item, dict)]


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
