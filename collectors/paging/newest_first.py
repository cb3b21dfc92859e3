"""Reads a network that answers newest first, over as many runs as it takes, so that nothing between two reads is lost.

Per stream (a query, a feed, a subreddit) the cursor keeps `high`, the newest position seen, and while a read is not complete
`gap_until`, the position down to which it still has to go, and `token`, where the network goes on. `high` counts as read only
when `gap_until` is gone. Open stretches are finished before anything newer is asked. Without a token the open stretch is read
again from the top: the same posts twice are harmless, their ids are the same. `read_at` is when the last complete read began; a read
that took several runs leaves none.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors.paging.scheduler import State, Step
from collectors.parsing import Item, moment
from core.collection import Budget, Gap
from core.errors import BudgetSpentError, SourceError, StreamError
from core.records import Json

COMPLETE = {"read", "look_back"}
"""Ends of a read after which nothing older is left to be asked."""


DISTRUST = 5
"""Runs: an outage is over by then, or it is the token."""


@dataclass(frozen=True)
class Answer:
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
class Stream:
    """One query, feed or subreddit, and how to read it."""

    name: str
    read: Callable[[State], Answer]
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
        tokens: set[str] = {state["token"]} if "token" in state else set()
        catching_up = "gap_until" in state
        pages = 1
        more = budget.page()
        while more:
            try:
                answer = self.read(state)
            except (SourceError, BudgetSpentError) as error:
                if "gap_until" in state:
                    reason = "budget" if isinstance(error, BudgetSpentError) else "refused"
                    yield Step([], _after_refusal(state, error), _gap(self, state, reason))
                raise
            opened, end = _opened(self, state, answer, tokens)
            stop = end == "repeated_token" or (end in COMPLETE and not catching_up)
            more = not stop and pages < share and budget.page()
            complete = end in COMPLETE or (end == "overlap" and not more)
            # after a read of several runs nothing newer than `high` is read, however long ago the first of them began
            read_at = {} if catching_up else {"read_at": budget.now.isoformat()}
            state = {"high": opened["high"], **read_at} if complete else opened
            pages += 1
            yield from _steps(self, state, answer, _gap_after(self, opened, end, more), filled=catching_up and complete)
            catching_up = catching_up and not complete
            if complete or answer.restart:
                tokens.clear()  # some networks count: every read from the top has a token "100"


def taken_over(
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
    before: dict[str, Any] = dict(cursor or {})
    states: dict[str, State] = before.get("streams") or {}
    replaced = [state for name, state in states.items() if is_one(name) and name not in names]
    read_to = [found for state in replaced if (found := _read_to(state, position)) is not None]
    since = min(read_to, default=position(start))
    if since >= position(start):
        return cursor
    new = {name: {"high": since} for name in names if name not in states}
    return {**before, "streams": {**states, **new}}


def _read_to(state: State, position: Callable[[datetime], int]) -> int | None:
    """Nothing below is missing; None: nothing was ever read."""
    if "read_at" in state:
        return position(moment(state["read_at"]))
    # its first read is still open, or took several runs; or it took over from another and was not asked yet
    found: int | None = state.get("gap_until", state.get("high"))
    return found


def _after_refusal(state: State, error: SourceError | BudgetSpentError) -> State:
    """A token that run after run brings only refusals is given up: the open stretch is read again from the top."""
    if "token" not in state or isinstance(error, BudgetSpentError):
        return state
    if error.fatal and not isinstance(error, StreamError):
        return state  # a withdrawn key says nothing about the token
    refused = state.get("refused", 0) + 1
    if refused < DISTRUST:
        return {**state, "refused": refused}
    return {key: value for key, value in state.items() if key not in {"token", "refused"}}


def _steps(stream: Stream, state: State, answer: Answer, own: Gap | None, filled: bool) -> Iterator[Step]:
    """The page with its gap; a second gap has an empty page of its own."""
    told = [] if stream.deleted is None else map(stream.deleted, _sound(answer))
    deleted = tuple(native_id for native_id in told if native_id is not None)
    beyond = answer.gap and answer.gap.model_copy(update={"stream": stream.name})
    yield Step(answer.items, state, beyond or own, deleted=deleted, filled=filled)
    if beyond and own:
        yield Step([], state, own)


def _opened(stream: Stream, state: State, answer: Answer, tokens: set[str]) -> tuple[State, str]:
    """The state after this answer, and how it ended: open, overlap, read, look_back, repeated_token, cursor_invalid."""
    opened: State = {**state, **answer.walk}
    opened.pop("token", None)
    opened.pop("refused", None)
    doubted = opened.pop("doubted", False)
    if answer.restart:
        return opened, "cursor_invalid"
    positions = [found for item in _sound(answer) if (found := stream.position(item)) is not None]
    reached: int = state["high"] if "high" in state else stream.floor  # noqa: SIM401 (mypy takes .get for optional)
    until: int = state["gap_until"] if "gap_until" in state else reached  # noqa: SIM401
    opened["gap_until"] = until
    opened["high"] = max([*positions, reached])
    opened["oldest"] = min([*positions, opened.get("oldest") or opened["high"]])
    opened["seen"] = state.get("seen", 0) + len(answer.items)
    # a whole page, not one record: a single back-dated record must not end the read
    if positions and max(positions) < until - stream.overlap:
        return opened, "read"
    if answer.token is None and not answer.items and not doubted and ("token" in state or "gap_until" in state):
        kept = {"token": state["token"]} if "token" in state else {}
        return {**opened, **kept, "doubted": True}, "open"  # nothing, where more is known to be: asked for once more
    if answer.token is None:
        cut = stream.reach is not None and opened["seen"] >= stream.reach and opened["oldest"] > until
        return opened, "look_back" if cut else "read"
    if answer.token in tokens:
        return opened, "repeated_token"
    tokens.add(answer.token)
    known = bool(positions) and max(positions) < until
    return {**opened, "token": answer.token}, "overlap" if known else "open"


def _sound(answer: Answer) -> list[Item]:
    """The records that are objects; the others are counted by `parse`."""
    return [item for item in answer.items if isinstance(item, dict)]


def _gap_after(stream: Stream, opened: State, end: str, more: bool) -> Gap | None:
    if end in {"read", "overlap"} or (end == "open" and more):
        return None
    return _gap(stream, opened, "page_cap" if end == "open" else end)


def _gap(stream: Stream, state: State, reason: str) -> Gap:
    newer_than, older_than = state.get("gap_until"), state.get("oldest")
    return Gap(
        stream=stream.name,
        newer_than=None if newer_than is None else str(newer_than),
        older_than=None if older_than is None else str(older_than),
        reason=reason,
    )
