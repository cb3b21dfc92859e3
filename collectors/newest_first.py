"""Reads a network that answers newest first, over as many runs as it takes, so that nothing between two reads is lost.

Per stream (a query, a feed, a subreddit) the cursor keeps `high`, the newest position seen, and while a read is not complete
`gap_until`, the position down to which it still has to go, and `token`, where the network goes on. `high` counts as read only
when `gap_until` is gone. Open stretches are finished before anything newer is asked. Without a token the open stretch is read
again from the top: the same posts twice are harmless, their ids are the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from collectors.record import Item, envelopes
from core.errors import BudgetSpentError, SourceError
from core.fact import Json
from core.page import Budget, Gap, Page
from core.post import Raw, Rejected

State = dict[str, Any]
"""Of one stream, as it stands in the cursor: JSON."""
COMPLETE = {"read", "look_back"}
"""Ends of a read after which nothing older is left to be asked."""


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
    """Streams that fail together: after a refusal the others of the group are left in peace."""


@dataclass(frozen=True)
class _Step:
    items: list[Item]
    state: State
    gap: Gap | None


def collect(
    source: str, streams: Sequence[Stream], parse: Callable[[Json], Raw | Rejected], cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """All pages of all streams that the budget allows, each stream with its share of it.

    Raises:
        SourceError: after all that could be read was yielded; at once when it is fatal.
        BudgetSpentError: from the budget, with all earlier pages yielded.
    """
    saved: dict[str, Any] = dict(cursor or {})
    states: dict[str, State] = {stream.name: saved.get("streams", {}).get(stream.name, {}) for stream in streams}
    refused: dict[str, SourceError] = {}
    turns = _in_turn(streams, saved.get("next"))
    for index, stream in enumerate(turns):
        if stream.group in refused:
            continue
        following = turns[(index + 1) % len(turns)].name
        share = ceil(budget.pages / (len(turns) - index))
        try:
            for number, step in enumerate(_walk(stream, states[stream.name], share, budget), start=1):
                states[stream.name] = step.state
                records = envelopes(step.items, f"{stream.name} page {number}", budget.now)
                saved = {"streams": dict(states), "next": following}
                yield _page(stream, step, [parse(record) for record in records], saved)
        except SourceError as error:
            if error.fatal:
                raise
            refused[stream.group] = error
    if refused:
        raise _joined(list(refused.values()))


def _in_turn(streams: Sequence[Stream], first: object) -> list[Stream]:
    """The streams, beginning with the one the last run did not come to: with few pages every stream still has its turn."""
    names = [stream.name for stream in streams]
    start = names.index(first) if isinstance(first, str) and first in names else 0
    return [*streams[start:], *streams[:start]]


def _page(stream: Stream, step: _Step, records: Sequence[Raw | Rejected], cursor: Json) -> Page:
    told = [] if stream.deleted is None else map(stream.deleted, step.items)
    return Page(
        raws=tuple(record for record in records if isinstance(record, Raw)),
        rejects=tuple(record for record in records if isinstance(record, Rejected)),
        cursor=cursor,
        gap=step.gap,
        deleted=tuple(native_id for native_id in told if native_id is not None),
    )


def _walk(stream: Stream, state: State, share: int, budget: Budget) -> Iterator[_Step]:
    """First what an earlier run left open, then from the newest down to it."""
    tokens: set[str] = {state["token"]} if "token" in state else set()
    catching_up = "gap_until" in state
    pages = 1
    more = budget.page()
    while more:
        try:
            answer = stream.read(state)
        except (SourceError, BudgetSpentError) as error:
            if "gap_until" in state:
                yield _Step(
                    [], state, _gap(stream, state, "budget" if isinstance(error, BudgetSpentError) else "refused")
                )
            raise
        opened, end = _opened(stream, state, answer, tokens)
        stop = end == "repeated_token" or (end in COMPLETE and not catching_up)
        more = not stop and pages < share and budget.page()
        complete = end in COMPLETE or (end == "overlap" and not more)
        state = {"high": opened["high"]} if complete else opened
        pages += 1
        yield from _steps(state, answer, _gap_after(stream, opened, end, more))
        catching_up = catching_up and not complete
        if complete or answer.restart:
            tokens.clear()  # some networks count: every read from the top has a token "100"


def _steps(state: State, answer: Answer, own: Gap | None) -> Iterator[_Step]:
    """The page with its gap; a second gap has an empty page of its own."""
    yield _Step(answer.items, state, answer.gap or own)
    if answer.gap and own:
        yield _Step([], state, own)


def _opened(stream: Stream, state: State, answer: Answer, tokens: set[str]) -> tuple[State, str]:
    """The state after this answer, and how it ended: open, overlap, read, look_back, repeated_token, cursor_invalid."""
    opened: State = {**state, **answer.walk}
    opened.pop("token", None)
    if answer.restart:
        return opened, "cursor_invalid"
    positions = [found for item in answer.items if (found := stream.position(item)) is not None]
    reached: int = state["high"] if "high" in state else stream.floor  # noqa: SIM401 (mypy takes .get for optional)
    until: int = state["gap_until"] if "gap_until" in state else reached  # noqa: SIM401
    opened["gap_until"] = until
    opened["high"] = max([*positions, reached])
    opened["oldest"] = min([*positions, opened.get("oldest") or opened["high"]])
    opened["seen"] = state.get("seen", 0) + len(answer.items)
    # a whole page, not one record: a single back-dated record must not end the read
    if positions and max(positions) < until - stream.overlap:
        return opened, "read"
    if answer.token is None:
        cut = stream.reach is not None and opened["seen"] >= stream.reach and opened["oldest"] > until
        return opened, "look_back" if cut else "read"
    if answer.token in tokens:
        return opened, "repeated_token"
    tokens.add(answer.token)
    known = bool(positions) and max(positions) < until
    return {**opened, "token": answer.token}, "overlap" if known else "open"


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


def _joined(errors: list[SourceError]) -> SourceError:
    if len(errors) == 1:
        return errors[0]
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    return SourceError("; ".join(str(error) for error in errors), retry_after=max(waits, default=None))
