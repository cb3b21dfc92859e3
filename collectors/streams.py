"""Reads the streams of one source in turn: what one of them cannot give does not keep the others from being read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Protocol

from collectors.record import Item, envelopes
from core.errors import SourceError, StreamError
from core.fact import Json
from core.page import Budget, Gap, Page
from core.post import Raw, Rejected

State = dict[str, Any]
"""Of one stream, as it stands in the cursor: JSON."""


@dataclass(frozen=True)
class Step:
    """One page of one stream, and the state that goes on after it."""

    items: list[Item]
    state: State
    gap: Gap | None
    deleted: tuple[str, ...] = ()
    deleted_anywhere: tuple[str, ...] = ()
    with_each: Json = field(default_factory=dict)
    """What `parse` must know beside the record."""
    filled: bool = False
    """What an earlier run left open in this stream is read now."""
    filled_too: tuple[str, ...] = ()
    """Other names under which what was left open is read now."""


class Stream(Protocol):
    """One query, feed, timeline or subreddit."""

    @property
    def name(self) -> str:
        """Its key in the cursor, and how gaps and rejects name it."""

    @property
    def group(self) -> str:
        """Streams that fail together: after a refusal the others of the group are left in peace, for as long as a rest was asked for."""

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """Its pages, `share` at most, each taken from the budget."""


def read_in_turn(
    source: str, streams: Sequence[Stream], parse: Callable[[Json], Raw | Rejected], cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """All pages of all streams that the budget allows, each stream with its share of it.

    A run that does not come to all of them ends with where the next one begins, whether or not any stream gave a page; so does a
    stream that refused, for it may have used up its time. So none is passed over for ever.

    Raises:
        SourceError: after all that could be read was yielded; at once when it is fatal to the whole source.
        BudgetSpentError: from the budget, with all earlier pages yielded.
    """
    before: dict[str, Any] = dict(cursor or {})
    states: dict[str, State] = {stream.name: before.get("streams", {}).get(stream.name, {}) for stream in streams}
    dropped = tuple(name for name in before.get("streams", {}) if name not in states)
    refusals: list[SourceError] = []
    closed: set[str] = set()
    rests = resting(cursor, budget.now)
    turns = _in_turn(streams, before.get("next"))
    stored = turns[0].name
    for index, stream in enumerate(turns):
        if budget.is_over():
            if stored != stream.name:
                yield Page(cursor=_cursor(states, stream.name, rests), dropped=dropped)
            break
        if stream.group in closed or stream.group in rests:
            continue
        following = turns[(index + 1) % len(turns)].name
        share = ceil(budget.pages / (len(turns) - index))
        try:
            for number, step in enumerate(stream.walk(states[stream.name], share, budget), start=1):
                states[stream.name], stored = step.state, following
                records = envelopes(step.items, f"{stream.name} page {number}", budget.now)
                found = [parse({**record, **step.with_each}) for record in records]
                yield _page(stream.name, step, found, _cursor(states, following, rests), dropped)
                dropped = ()  # the cursor just stored knows them no more
        except SourceError as error:
            of_itself = isinstance(error, StreamError)
            if error.fatal and not of_itself:
                raise
            refusals.append(error)
            closed |= set() if of_itself else {stream.group}
            if error.retry_after is not None:
                rests[stream.group] = budget.time() + timedelta(seconds=error.retry_after)
            if error.retry_after is not None or stored != following:
                yield Page(cursor=_cursor(states, following, rests), dropped=dropped)
                dropped, stored = (), following
    if refusals:
        raise _joined(refusals, all_of_them=len(refusals) == len(turns))


def resting(cursor: Json | None, now: datetime) -> dict[str, datetime]:
    """The groups of streams that no run may ask yet, and until when: their network asked for a rest."""
    kept: dict[str, str] = dict(cursor or {}).get("rests") or {}  # type: ignore[assignment]  # as `_cursor` wrote it
    until = {group: datetime.fromisoformat(moment) for group, moment in kept.items()}
    return {group: moment for group, moment in until.items() if moment > now}


def _cursor(states: dict[str, State], following: str, rests: dict[str, datetime]) -> Json:
    cursor: Json = {"streams": dict(states), "next": following}
    if rests:
        cursor["rests"] = {group: until.isoformat() for group, until in rests.items()}
    return cursor


def _in_turn(streams: Sequence[Stream], first: object) -> list[Stream]:
    """The streams, beginning with the one the last run did not come to: with few pages every stream still has its turn."""
    names = [stream.name for stream in streams]
    start = names.index(first) if isinstance(first, str) and first in names else 0
    return [*streams[start:], *streams[:start]]


def _page(name: str, step: Step, records: Sequence[Raw | Rejected], cursor: Json, dropped: tuple[str, ...]) -> Page:
    return Page(
        raws=tuple(record for record in records if isinstance(record, Raw)),
        rejects=tuple(record for record in records if isinstance(record, Rejected)),
        cursor=cursor,
        gap=step.gap,
        filled=(*((name,) if step.filled else ()), *step.filled_too),
        dropped=dropped,
        deleted=step.deleted,
        deleted_anywhere=step.deleted_anywhere,
    )


def _joined(errors: list[SourceError], all_of_them: bool) -> SourceError:
    """One error of them all; fatal only when no stream is left that another try may read."""
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    fatal = all_of_them and all(error.fatal for error in errors)
    return SourceError("; ".join(map(str, errors)), retry_after=max(waits, default=None), fatal=fatal)
