"""Reads a timeline of opaque ids forward from what is known, and distrusts servers that answer nothing or everything.

Per timeline the cursor (`TimelineCursor`) keeps `known`, the last ids read in the timeline's own order. A read begins at
the oldest of them, not at the newest: what other servers handed on late stands between them, and the page after it must show
known ids again. If it does not, the server does not know this id any more (its message was deleted): some servers then answer
nothing at all, for ever. Then, and the first time, it is read from the newest down until known ids are met and passed; `back`
keeps how far that came.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.cursor import State, StreamState
from collectors.paging.scheduler import Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import BudgetSpentError, SourceError
from core.records import Json

KNOWN = 40
"""One page: so much is read again every time."""


class Back(StreamState):
    """How far a timeline was read downward, while it is."""

    max_id: str | None = None
    """The next page holds what is below this id; None: the newest."""
    newest: tuple[str, ...] = ()
    """The newest ids of this read, oldest first: they become `known`."""
    met: bool = False
    """A known id was met."""
    empty: bool = False
    """The last page was empty where more is known to be: it is asked for once more."""


class TimelineCursor(StreamState):
    """How far a timeline of opaque ids was read; see `oldest_first`."""

    known: tuple[str, ...] = ()
    """The last ids read, in the timeline's own order, oldest first."""
    back: Back | None = None
    """The timeline is being read downward, because reading upward from a known id cannot be trusted."""


@dataclass(frozen=True)
class Timeline:
    """One hashtag on one server."""

    name: str
    group: str
    read: Callable[[dict[str, str]], list[Item]]
    """One page, newest first, by `min_id`, `max_id` or neither."""
    too_old: Callable[[Item], bool]
    """Where the very first read ends."""
    with_each: Json

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """Forward to an empty page; downward where forward cannot be trusted."""
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
            more = end not in {"read", "repeated_token"} and pages < share and budget.page()
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
    """The cursor after a page read upward from `at`, `ids` oldest first; and how it ended.

    open, read (an empty page: the end), or downward (the server cannot be trusted with this id).
    """
    known = cursor.known
    if at is None and not set(ids) & set(known[1:]):
        return TimelineCursor(known=known, back=Back()), "downward"
    place = known.index(at or known[0]) + 1
    if not ids:
        return TimelineCursor(known=known[:place]), "read"  # known ids that did not come again were deleted
    before = [known_id for known_id in known[:place] if known_id not in ids]
    after = [known_id for known_id in known[place:] if known_id not in ids]
    return TimelineCursor(known=tuple([*before, *ids, *after][-KNOWN:])), "open"


def _downward(cursor: TimelineCursor, ids: list[str], old: bool, resumed: bool) -> tuple[TimelineCursor, str]:
    """The cursor after a page read from the newest down, `ids` oldest first; and how it ended: open, read or cursor_invalid."""
    known, back = cursor.known, cursor.back or Back()
    if not ids and resumed and back.max_id is not None:
        # an empty page below an id that was deleted meanwhile
        return TimelineCursor(known=known, back=Back()), "cursor_invalid"
    if not ids and not back.met and not back.empty and (known or back.max_id is not None):
        # nothing above what is known: an end that is asked for twice, for a server out of breath answers nothing as well
        return TimelineCursor(known=known, back=back.changed(empty=True)), "open"
    newest = _longer(back.newest, ids)
    met = back.met or bool(set(ids) & set(known))
    passed = met and bool(ids) and ids[0] not in known
    if not ids or passed or (old and not known):
        return TimelineCursor(known=newest), "read"
    return TimelineCursor(known=known, back=Back(max_id=ids[0], newest=newest, met=met)), "open"


def _longer(newest: tuple[str, ...], ids: list[str]) -> tuple[str, ...]:
    """The newest ids of this read, oldest first, with as many of an older page as there is room for."""
    room = KNOWN - len(newest)
    return (*ids[-room:], *newest) if room > 0 else newest
