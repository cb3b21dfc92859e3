"""Reads the streams of one source in turn: what one of them cannot give does not keep the others from being read.

A stream whose records cannot be read any more is stopped before its cursor moves: see `drift`.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from collectors.drift import DriftMonitor, describe_change
from collectors.paging.cursor import SourceCursor, State
from collectors.parsing import Item, envelopes
from core.collection import Budget, Gap, Page
from core.errors import AnswerChangedError, SourceError, StreamError
from core.post import Raw, Rejected
from core.records import Json

log = logging.getLogger("escucha")

UNREADABLE = (KeyError, TypeError, AttributeError, IndexError, ValueError)
"""What a collector stumbles over in an answer whose form has changed."""


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
    source: str,
    streams: Sequence[Stream],
    parse: Callable[[Json], Raw | Rejected],
    cursor: Json | None,
    budget: Budget,
    pays: bool = False,
) -> Iterator[Page]:
    """All pages of all streams that the budget allows, each stream with its share of it.

    A run that does not come to all of them ends with where the next one begins, whether or not any stream gave a page; so does a
    stream that refused, for it may have used up its time. So none is passed over for ever.

    Args:
        source: its name.
        streams: to be read.
        parse: makes a message of a record.
        cursor: as the last run stored it.
        budget: of this run.
        pays: answers cost money: what has changed its answers is asked ever more seldom, and so are the streams of its group.

    Raises:
        SourceError: after all that could be read was yielded; at once when it is fatal to the whole source, or when the cursor is of a
            newer version.
        AnswerChangedError: one of the refusals is that records of a stream cannot be read any more.
        BudgetSpentError: from the budget, with all earlier pages yielded.
    """
    before = SourceCursor.load(cursor, source)
    states: dict[str, State] = {stream.name: before.streams.get(stream.name, {}) for stream in streams}
    watch = DriftMonitor.of(source, before, states, budget.now, pays)
    dropped = tuple(name for name in before.streams if name not in states)
    dropped += tuple(unreadable(name) for name in before.stopped if name not in states)
    refusals: list[SourceError] = []
    closed: set[str] = set()
    rests = resting(cursor, budget.now)
    turns = _in_turn(streams, before.next)
    stored = turns[0].name
    for index, stream in enumerate(turns):
        if budget.is_over():
            if stored != stream.name:
                yield Page(cursor=_cursor(states, stream.name, rests, watch), dropped=dropped)
            break
        if stream.group in closed or stream.group in rests:
            continue
        paused = watch.pause(stream.name)
        if paused is not None:
            refusals.append(paused)
            continue
        following = turns[(index + 1) % len(turns)].name
        share = ceil(budget.pages / (len(turns) - index))
        try:
            for number, step in enumerate(_walked(source, stream, states[stream.name], share, budget), start=1):
                records = envelopes(step.items, f"{stream.name} page {number}", budget.now)
                found = [parse({**record, **step.with_each}) for record in records]
                resumed = watch.page(stream.name, f"page {number}", states[stream.name], step.items, found)
                states[stream.name], stored = step.state, following
                cursor_now = _cursor(states, following, rests, watch)
                yield _page(stream.name, step, found, cursor_now, dropped, resumed)
                dropped = ()  # the cursor just stored knows them no more
        except AnswerChangedError as error:
            refusals.append(error)
            closed |= {stream.group} if pays else set()
            is_new = stream.name not in watch.stopped
            states[stream.name] = watch.stop(stream.name, str(error)) or states[stream.name]
            gap = Gap(stream=unreadable(stream.name), reason="unreadable") if is_new else None
            yield Page(cursor=_cursor(states, following, rests, watch), gap=gap, dropped=dropped)
            dropped, stored = (), following
        except SourceError as error:
            of_itself = isinstance(error, StreamError)
            if error.fatal and not of_itself:
                raise
            refusals.append(error)
            closed |= set() if of_itself else {stream.group}
            if error.retry_after is not None:
                rests[stream.group] = budget.time() + timedelta(seconds=error.retry_after)
            if error.retry_after is not None or stored != following:
                yield Page(cursor=_cursor(states, following, rests, watch), dropped=dropped)
                dropped, stored = (), following
    if refusals:
        raise _joined(refusals, all_of_them=len(refusals) == len(turns))


def unreadable(name: str) -> str:
    """Name the gap of a stream that was stopped because its records cannot be read."""
    return f"{name} (unreadable)"


def _walked(source: str, stream: Stream, state: State, share: int, budget: Budget) -> Iterator[Step]:
    """Walk a stream; an answer over whose form the collector stumbles is a changed one, not a crash of the whole run."""
    try:
        yield from stream.walk(state, share, budget)
    except UNREADABLE as error:
        log.debug("%s: %s", source, stream.name, exc_info=True)
        # the name of a missing field comes from our code; any other message may quote a post
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
        raise AnswerChangedError(describe_change(source, stream.name, f"its answer cannot be read ({what})")) from None


def resting(cursor: Json | None, now: datetime) -> dict[str, datetime]:
    """The groups of streams that no run may ask yet, and until when: their network asked for a rest."""
    return {group: until for group, until in SourceCursor.look_into(cursor).rests.items() if until > now}


def _cursor(states: dict[str, State], following: str, rests: dict[str, datetime], watch: DriftMonitor) -> Json:
    cursor = SourceCursor(
        streams=states,
        next=following,
        rests=rests,
        records=watch.records,
        doubts=watch.doubts,
        stopped=watch.stopped,
        barren=watch.barren,
    )
    return cursor.as_json()


def _in_turn(streams: Sequence[Stream], first: str | None) -> list[Stream]:
    """The streams, beginning with the one the last run did not come to: with few pages every stream still has its turn."""
    names = [stream.name for stream in streams]
    start = 0 if first is None or first not in names else names.index(first)
    return [*streams[start:], *streams[:start]]


def _page(
    name: str, step: Step, records: Sequence[Raw | Rejected], cursor: Json, dropped: tuple[str, ...], resumed: bool
) -> Page:
    return Page(
        raws=tuple(record for record in records if isinstance(record, Raw)),
        rejects=tuple(record for record in records if isinstance(record, Rejected)),
        cursor=cursor,
        gap=step.gap,
        filled=(
            *((name,) if step.filled else ()),
            *((unreadable(name),) if resumed else ()),
            *step.filled_too,
        ),
        dropped=dropped,
        deleted=step.deleted,
        deleted_anywhere=step.deleted_anywhere,
    )


def _joined(errors: list[SourceError], all_of_them: bool) -> SourceError:
    """One error of them all; fatal only when no stream is left that another try may read."""
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    fatal = all_of_them and all(error.fatal for error in errors)
    kind = AnswerChangedError if any(isinstance(error, AnswerChangedError) for error in errors) else SourceError
    return kind("; ".join(dict.fromkeys(map(str, errors))), retry_after=max(waits, default=None), fatal=fatal)
