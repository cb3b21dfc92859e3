"""Reads a timeline of opaque ids forward from what is known, and distrusts servers that answer nothing or everything.

Per timeline the cursor keeps `known`, the last ids read in the timeline's own order. A read begins at the oldest of them, not at
the newest: what other servers handed on late stands between them, and the page after it must show known ids again. If it does
not, the server does not know this id any more (its message was deleted): some servers then answer nothing at all, for ever.
Then, and the first time, it is read from the newest down until known ids are met and passed; `back` keeps how far that came.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from collectors.paging.scheduler import State, Step
from collectors.parsing import Item
from core.collection import Budget, Gap
from core.errors import BudgetSpentError, SourceError
from core.records import Json

KNOWN = 40
"""One page: so much is read again every time."""


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
        seen: set[str] = set()
        at: str | None = None
        stuck, pages, more = 0, 1, budget.page()
        while more:
            downward = "back" in state or len(state.get("known", [])) < 2
            where = _below(state) if downward else {"min_id": at or state["known"][0]}
            try:
                items = self.read(where)
            except (SourceError, BudgetSpentError):
                if downward and where:
                    yield Step([], state, self._gap(state, at, "refused"), with_each=self.with_each)
                raise
            ids = [str(item["id"]) for item in reversed(items) if isinstance(item, dict) and "id" in item]
            if downward:
                old = all(self.too_old(item) for item in items if isinstance(item, dict))
                state, end = _downward(state, ids, old, resumed=pages == 1)
            else:
                state, end = _forward(state, ids, at)
                at = ids[-1] if ids else at
            stuck = stuck + 1 if ids and not set(ids) - seen else 0
            seen |= set(ids)
            if stuck == 2:
                end = "repeated_token"
            more = end not in {"read", "repeated_token"} and pages < share and budget.page()
            pages += 1
            reason = "page_cap" if end == "open" and not more else end
            gap = self._gap(state, at, reason) if reason in {"page_cap", "repeated_token", "cursor_invalid"} else None
            yield Step(items, state, gap, with_each=self.with_each, filled=end == "read")

    def _gap(self, state: State, at: str | None, reason: str) -> Gap:
        known = state.get("known", [])
        newer_than = at if at is not None and "back" not in state else next(iter(known[-1:]), None)
        return Gap(
            stream=self.name, newer_than=newer_than, older_than=state.get("back", {}).get("max_id"), reason=reason
        )


def _below(state: State) -> dict[str, str]:
    max_id = state.get("back", {}).get("max_id")
    return {} if max_id is None else {"max_id": max_id}


def _forward(state: State, ids: list[str], at: str | None) -> tuple[State, str]:
    """The state after a page read upward from `at`, `ids` oldest first; and how it ended.

    open, read (an empty page: the end), or downward (the server cannot be trusted with this id).
    """
    known: list[str] = state["known"]
    if at is None and not set(ids) & set(known[1:]):
        return {**state, "back": {}}, "downward"
    place = known.index(at or known[0]) + 1
    if not ids:
        return {"known": known[:place]}, "read"  # known ids that did not come again were deleted
    before = [known_id for known_id in known[:place] if known_id not in ids]
    after = [known_id for known_id in known[place:] if known_id not in ids]
    return {"known": [*before, *ids, *after][-KNOWN:]}, "open"


def _downward(state: State, ids: list[str], old: bool, resumed: bool) -> tuple[State, str]:
    """The state after a page read from the newest down, `ids` oldest first; and how it ended: open, read or cursor_invalid."""
    known: list[str] = state.get("known", [])
    back = state.get("back", {})
    if not ids and resumed and "max_id" in back:
        return {**state, "back": {}}, "cursor_invalid"  # an empty page below an id that was deleted meanwhile
    if not ids and not back.get("met") and not back.get("empty") and (known or "max_id" in back):
        # nothing above what is known: an end that is asked for twice, for a server out of breath answers nothing as well
        return {**state, "back": {**back, "empty": True}}, "open"
    newest = _longer(back.get("newest", []), ids)
    met = bool(back.get("met")) or bool(set(ids) & set(known))
    passed = met and bool(ids) and ids[0] not in known
    if not ids or passed or (old and not known):
        return {"known": newest}, "read"
    return {"known": known, "back": {"max_id": ids[0], "newest": newest, "met": met}}, "open"


def _longer(newest: list[str], ids: list[str]) -> list[str]:
    """The newest ids of this read, oldest first, with as many of an older page as there is room for."""
    room = KNOWN - len(newest)
    return [*ids[-room:], *newest] if room > 0 else newest
