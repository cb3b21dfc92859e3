"""Page forward through a timeline of opaque ids, from known ids on.

The cursor of a timeline (`TimelineCursor`) holds `known`, the last ids in the timeline's own order. A fetch begins at the oldest of
them, not at the newest: posts that other servers forwarded late come between them, and the page after it must contain known ids
again. If it does not, the server no longer has this id (its message was deleted): some servers then return empty pages for ever.
In that case, and in the first run, the timeline is fetched from the newest down until known ids are met and passed; `back` holds how
far that has come.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.cursor import State, StreamState
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.errors import BudgetSpentError, SourceError
from core.records import Json
from core.records.collection import Budget, Gap

KNOWN_KEPT = 40
"""One page: how many known ids every fetch repeats."""


class Back(StreamState):
    """Hold how far a timeline was fetched downward, while it is."""

    max_id: str | None = None
    """The next page holds what is below this id; None: the newest page."""
    newest: tuple[str, ...] = ()
    """The newest ids of this fetch, oldest first: they become `known`."""
    met: bool = False
    """A known id was met."""
    empty: bool = False
    """The last page was empty although more is known to exist: it is requested once more."""


class TimelineCursor(StreamState):
    """Hold how far a timeline of opaque ids was fetched."""

    known: tuple[str, ...] = ()
    """The last ids fetched, in the timeline's own order, oldest first."""
    back: Back | None = None
    """Set while the timeline is fetched downward, because paging up from a known id is unreliable."""


@dataclass(frozen=True)
class Timeline:
    """Describe one hashtag on one server and how to page through it."""

    name: str
    group: str
    read: Callable[[dict[str, str]], list[Item]]
    """Fetches one page, newest first, by `min_id`, `max_id` or neither."""
    too_old: Callable[[Item], bool]
    """Whether a record is older than the end of the first fetch."""
    with_each: Json

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield pages forward to an empty one; downward where forward is unreliable."""
        cursor = TimelineCursor.of(state, self.name)
        seen: set[str] = set()
        at: str | None = None
        stuck, pages, more = 0, 1, budget.page()
        while more:
            downward = cursor.back is not None or len(cursor.known) < 2
            where = _below(cursor) if downward else {"min_id": at or cursor.known[0]}
            try:
                items = self.read(where)
            except (SourceError, BudgetSpentError):
                if downward and where:
                    gap = self._gap(cursor, at, "refused")
                    yield Step([], cursor.as_state(), gap, with_each=self.with_each)
                raise
            ids = [str(item["id"]) for item in reversed(items) if isinstance(item, dict) and "id" in item]
            if downward:
                old = all(self.too_old(item) for item in items if isinstance(item, dict))
                cursor, end = _downward(cursor, ids, old, resumed=pages == 1)
            else:
                cursor, end = _forward(cursor, ids, at)
                at = ids[-1] if ids else at
            stuck = stuck + 1 if ids and not set(ids) - seen else 0
            seen |= set(ids)
            if stuck == 2:
                end = "repeated_token"
            more = end not in {"read", "repeated_token"} and pages < page_quota and budget.page()
            pages += 1
            reason = "page_cap" if end == "open" and not more else end
            is_gap = reason in {"page_cap", "repeated_token", "cursor_invalid"}
            gap_after = self._gap(cursor, at, reason) if is_gap else None
            yield Step(items, cursor.as_state(), gap_after, with_each=self.with_each, filled=end == "read")

    def _gap(self, cursor: TimelineCursor, at: str | None, reason: str) -> Gap:
        newer_than = at if at is not None and cursor.back is None else next(iter(cursor.known[-1:]), None)
        older_than = None if cursor.back is None else cursor.back.max_id
        return Gap(stream=self.name, newer_than=newer_than, older_than=older_than, reason=reason)


def _below(cursor: TimelineCursor) -> dict[str, str]:
    max_id = None if cursor.back is None else cursor.back.max_id
    return {} if max_id is None else {"max_id": max_id}


def _forward(cursor: TimelineCursor, ids: list[str], at: str | None) -> tuple[TimelineCursor, str]:
    """Advance the cursor past a page fetched upward, and classify its end.

    `ids` are oldest first; `at` is the id above which they were requested. Ends: open, read (an empty page: the end), downward (the
    server is unreliable with this id).
    """
    known = cursor.known
    if at is None and not set(ids) & set(known[1:]):
        return TimelineCursor(known=known, back=Back()), "downward"
    place = known.index(at or known[0]) + 1
    if not ids:
        return TimelineCursor(known=known[:place]), "read"  # known ids that were not returned again were deleted
    before = [known_id for known_id in known[:place] if known_id not in ids]
    after = [known_id for known_id in known[place:] if known_id not in ids]
    return TimelineCursor(known=tuple([*before, *ids, *after][-KNOWN_KEPT:])), "open"


def _downward(cursor: TimelineCursor, ids: list[str], old: bool, resumed: bool) -> tuple[TimelineCursor, str]:
    """Advance the cursor past a page fetched downward, and classify its end.

    `ids` are oldest first. Ends: open, read, cursor_invalid.
    """
    known, back = cursor.known, cursor.back or Back()
    if not ids and resumed and back.max_id is not None:
        # the page below an id that has been deleted since is empty
        return TimelineCursor(known=known, back=Back()), "cursor_invalid"
    if not ids and not back.met and not back.empty and (known or back.max_id is not None):
        # nothing newer than the known ids: request the end twice, because an overloaded server returns an empty page as well
        return TimelineCursor(known=known, back=back.changed(empty=True)), "open"
    newest = _prepend(back.newest, ids)
    met = back.met or bool(set(ids) & set(known))
    passed = met and bool(ids) and ids[0] not in known
    if not ids or passed or (old and not known):
        return TimelineCursor(known=newest), "read"
    return TimelineCursor(known=known, back=Back(max_id=ids[0], newest=newest, met=met)), "open"


def _prepend(newest: tuple[str, ...], ids: list[str]) -> tuple[str, ...]:
    """Add ids of an older page, up to `KNOWN_KEPT` ids in all."""
    room = KNOWN_KEPT - len(newest)
    return (*ids[-room:], *newest) if room > 0 else newest
