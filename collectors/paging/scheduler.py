"""Fetch the streams of one source in turn, isolating their failures.

A stream whose records can no longer be parsed is stopped before its cursor moves: see `drift`.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from collectors.drift import DriftMonitor, describe_change
from collectors.paging.cursor import SourceCursor, State
from collectors.parsing import Item, envelopes
from core.errors import AnswerChangedError, SourceError, StreamError
from core.records import Json
from core.records.collection import Budget, Gap, Page
from core.records.post import Raw, Rejected

log = logging.getLogger("escucha")

PARSE_FAILURES = (KeyError, TypeError, AttributeError, IndexError, ValueError)
"""Exceptions of code that meets a response in an unexpected form."""


@dataclass(frozen=True)
class Step:
    """Hold one page of one stream, and the state after it."""

    items: list[Item]
    state: State
    gap: Gap | None
    deleted: tuple[str, ...] = ()
    deleted_anywhere: tuple[str, ...] = ()
    with_each: Json = field(default_factory=dict)
    """What `parse` needs beside the record."""
    filled: bool = False
    """The gap that an earlier run left in this stream is now filled."""
    filled_too: tuple[str, ...] = ()
    """Names of other gaps that are now filled."""


class Stream(Protocol):
    """Describe one query, feed, timeline or subreddit."""

    @property
    def name(self) -> str:
        """Return its key in the cursor. Gaps and rejects use the same name."""

    @property
    def group(self) -> str:
        """Return the name of the streams that fail together.

        After a refusal no other stream of the group is requested in this run, and none before the end of its `retry_after`.
        """

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield at most `page_quota` pages, each taken from the budget."""


def fetch_in_turn(
    source: str,
    streams: Sequence[Stream],
    parse: Callable[[Json], Raw | Rejected],
    cursor: Json | None,
    budget: Budget,
    pays: bool = False,
    usual: Callable[[], Collection[str]] = tuple,
) -> Iterator[Page]:
    """Yield the pages of all streams within the budget.

    Each stream gets a share of the pages. A run that ends before the last stream stores the stream with which the next run begins, even
    if no stream returned a page. So does a stream that was refused, which may have used up its time. No stream is therefore skipped for
    ever.

    Args:
        source: its name.
        streams: to be fetched.
        parse: maps a record to a message.
        cursor: as the last run stored it.
        budget: of this run.
        pays: requests cost money: a stream whose records cannot be parsed is retried at growing intervals, and so are the streams of its
            group.
        usual: the fields that nearly every record has (`collectors.usual_fields`).

    Raises:
        SourceError: after everything that could be fetched was yielded; at once if it is fatal to the whole source, or if the cursor has
            a newer version.
        AnswerChangedError: one of the failures is that records of a stream can no longer be parsed, or lack a usual field.
        BudgetSpentError: from the budget, with all earlier pages yielded.
    """
    before = SourceCursor.load(cursor, source)
    states: dict[str, State] = {stream.name: before.streams.get(stream.name, {}) for stream in streams}
    watch = DriftMonitor.of(source, before, states, budget.now, pays, usual)
    dropped = tuple(name for name in before.streams if name not in states)
    dropped += tuple(unreadable_gap(name) for name in before.stopped if name not in states)
    refusals: list[SourceError] = []
    closed: set[str] = set()
    rests = groups_in_backoff(cursor, budget.now)
    turns = _rotate(streams, before.next)
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
        page_quota = ceil(budget.pages / (len(turns) - index))
        try:
            for number, step in enumerate(_page_through(source, stream, states[stream.name], page_quota, budget), start=1):
                records = envelopes(step.items, f"{stream.name} page {number}", budget.now)
                found = [parse({**record, **step.with_each}) for record in records]
                resumed = watch.page(stream.name, f"page {number}", states[stream.name], step.items, found)
                states[stream.name], stored = step.state, following
                cursor_now = _cursor(states, following, rests, watch)
                yield _page(stream.name, step, found, cursor_now, dropped, resumed)
                dropped = ()  # the cursor just stored no longer contains them
        except AnswerChangedError as error:
            refusals.append(error)
            closed |= {stream.group} if pays else set()
            is_new = stream.name not in watch.stopped
            states[stream.name] = watch.stop(stream.name, str(error)) or states[stream.name]
            gap = Gap(stream=unreadable_gap(stream.name), reason="unreadable") if is_new else None
            yield Page(cursor=_cursor(states, following, rests, watch), gap=gap, dropped=dropped)
            dropped, stored = (), following
        except SourceError as error:
            is_stream_error = isinstance(error, StreamError)
            if error.fatal and not is_stream_error:
                raise
            refusals.append(error)
            closed |= set() if is_stream_error else {stream.group}
            if error.retry_after is not None:
                rests[stream.group] = budget.time() + timedelta(seconds=error.retry_after)
            if error.retry_after is not None or stored != following:
                yield Page(cursor=_cursor(states, following, rests, watch), dropped=dropped)
                dropped, stored = (), following
    if refusals:
        raise _join(refusals, all_of_them=len(refusals) == len(turns))


def unreadable_gap(name: str) -> str:
    """Name the gap of a stream that was stopped as unreadable."""
    return f"{name} (unreadable)"


def _page_through(source: str, stream: Stream, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
    """Page through a stream; report an unexpected response as a changed API."""
    try:
        yield from stream.fetch_pages(state, page_quota, budget)
    except PARSE_FAILURES as error:
        log.debug("%s: %s", source, stream.name, exc_info=True)
        # the name of a missing field comes from our code; any other message may quote a post
        what = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else type(error).__name__
        raise AnswerChangedError(describe_change(source, stream.name, f"the response cannot be parsed ({what})")) from None


def groups_in_backoff(cursor: Json | None, now: datetime) -> dict[str, datetime]:
    """Return the stream groups in back-off, each with its end."""
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
        fields=watch.fields.counts,
    )
    return cursor.as_json()


def _rotate(streams: Sequence[Stream], first: str | None) -> list[Stream]:
    """Order the streams, starting where the last run ended."""
    names = [stream.name for stream in streams]
    start = 0 if first is None or first not in names else names.index(first)
    return [*streams[start:], *streams[:start]]


def _page(name: str, step: Step, records: Sequence[Raw | Rejected], cursor: Json, dropped: tuple[str, ...], resumed: bool) -> Page:
    return Page(
        raws=tuple(record for record in records if isinstance(record, Raw)),
        rejects=tuple(record for record in records if isinstance(record, Rejected)),
        cursor=cursor,
        gap=step.gap,
        filled=(*((name,) if step.filled else ()), *((unreadable_gap(name),) if resumed else ()), *step.filled_too),
        dropped=dropped,
        deleted=step.deleted,
        deleted_anywhere=step.deleted_anywhere,
    )


def _join(errors: list[SourceError], all_of_them: bool) -> SourceError:
    """Join several errors into one.

    It is fatal only if every stream failed and no failure can be retried.
    """
    waits = [error.retry_after for error in errors if error.retry_after is not None]
    fatal = all_of_them and all(error.fatal for error in errors)
    kind = AnswerChangedError if any(isinstance(error, AnswerChangedError) for error in errors) else SourceError
    return kind("; ".join(dict.fromkeys(map(str, errors))), retry_after=max(waits, default=None), fatal=fatal)
