"""Feeds: what the press, the council's own site and neighbours' associations publish as RSS or Atom.

No date decides what is new, for dates in feeds lie: what was not handed over before is. So an article of yesterday that appears
today is read, and one dated in the future keeps no other away. A feed that is not well-formed is read as far as it goes.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from collectors.feeds.entries import (
    entry_as_raw,
    entry_fields,
    fingerprint,
    identity_of,
    is_malformed,
    parse_feed,
    shared_ids,
    without_shared_id,
)
from collectors.http.download import Download, DownloadLimits, download
from collectors.paging.cursor import State, StreamState
from collectors.paging.scheduler import Step, read_in_turn
from collectors.parsing import Item, parse_record
from collectors.search_terms import city_names
from collectors.zones import ZoneName
from core.collection import Budget, Gap, Page
from core.config.city import City
from core.config.plugins import Secrets
from core.config.source_options import SourceOptions
from core.errors import SourceError
from core.post import Raw, Rejected
from core.records import Json
from core.user_agent import user_agent

PAGE = 200
SEEN_KEPT = 500
"""Entries remembered beyond those the feed shows now; one that comes back later still is a duplicate to the ledger."""
SHARED_KEPT = 50
"""Ids remembered that told nothing apart: an entry that stands alone in the feed later must not take one for its own."""


class Options(SourceOptions, source="feeds"):
    """`[sources.feeds]`."""

    feeds: tuple[str, ...] = Field(min_length=1)
    """Addresses of the feeds."""
    own: tuple[str, ...] = ()
    """Those of them the city itself writes: their entries are marked as its own and never make a case."""
    filtered: tuple[str, ...] = ()
    """Those of them that write about more than the city: of these only entries with one of its names are kept, others counted."""
    timezone: ZoneName = ""
    """Zone of dates that name none, such as `Europe/Madrid`; empty: the city's."""
    timeout_s: float = Field(20.0, gt=0, le=60)
    """Seconds to wait for a server."""
    max_bytes: int = Field(5_000_000, ge=1000)
    """A feed larger than this is not read."""
    allow_private: bool = False
    """Also read feeds inside our own network, such as an intranet's."""

    @field_validator("feeds", "own", "filtered")
    @classmethod
    def _web(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [address for address in addresses if not address.startswith(("https://", "http://"))]
        if wrong:
            raise ValueError(f"not a web address: {', '.join(wrong)}")
        return tuple(dict.fromkeys(addresses))

    @model_validator(mode="after")
    def _among_the_feeds(self) -> Self:
        for key, some in (("own", self.own), ("filtered", self.filtered)):
            strangers = sorted(set(some) - set(self.feeds))
            if strangers:
                raise ValueError(f"{key}: {', '.join(strangers)} is not among the feeds")
        return self

    def limits(self, agent: str) -> DownloadLimits:
        """How far we go for one feed, and as whom."""
        return DownloadLimits(
            agent=agent, timeout_s=self.timeout_s, max_bytes=self.max_bytes, allow_private=self.allow_private
        )


class FeedCursor(StreamState):
    """What is known of a feed. None: it was never read."""

    seen: tuple[str, ...] | None = None
    """Digests of the entries that were handed over."""
    bozo: int | None = None
    """How often the feed was not well-formed."""
    etag: str | None = None
    """The server's mark of the last answer that was read whole; without it the feed is asked for in full."""
    modified: str | None = None
    """The same as a date (`Last-Modified`)."""
    shared: tuple[str, ...] = ()
    """Ids that several entries have, which tell nothing apart."""
    behind: tuple[str, ...] = ()
    """Entries that the last run did not come to, the next one first."""


def collect(
    city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget
) -> Iterator[Page]:
    """Each feed's entries that are new or were rewritten; a feed that fails is told at the end."""
    yield from read_in_turn("feeds", [_Feed(url, city, options) for url in options.feeds], parse, cursor, budget)


def parse(raw_json: Json) -> Raw | Rejected:
    """One entry: `{"item": as feedparser reads it, "place", "received_at", "feed": its address, "timezone", "own", "language"}`.

    With `"names"` only an entry that holds one of them is kept.
    """
    return parse_record("feeds", raw_json, partial(entry_as_raw, raw_json))


def gone(
    city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget
) -> dict[str, bool]:
    """Nothing: a feed shows what is new, not what was taken back, and we follow no links."""
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Reads each feed once."""
    told, failed = [], []
    for url in options.feeds:
        try:
            answer = download(url, "", "", options.limits(user_agent(city)), datetime.now(UTC))
            found = parse_feed(url, answer.content or b"", answer.content_type)
            told.append(f"{url}: {len(found.entries)} entries{', not well-formed' if is_malformed(found) else ''}")
        except SourceError as error:
            failed.append(str(error))
    if failed:
        raise SourceError("; ".join(failed))
    return "; ".join(told)


@dataclass(frozen=True)
class _Feed:
    """One feed, read as one stream."""

    name: str
    city: City
    options: Options

    @property
    def group(self) -> str:
        """Feeds fail one by one."""
        return self.name

    def walk(self, state: State, share: int, budget: Budget) -> Iterator[Step]:
        """The entries not handed over before; `etag` moves with the last of them."""
        if not budget.page():
            return
        budget.spend(1)
        cursor = FeedCursor.of(state, self.name)
        limits = self.options.limits(user_agent(self.city))
        answer = download(self.name, cursor.etag or "", cursor.modified or "", limits, budget.now)
        if answer.content is not None:
            yield from self._steps(
                answer, parse_feed(self.name, answer.content, answer.content_type), cursor, share, budget
            )

    def _steps(self, answer: Download, found: Any, cursor: FeedCursor, share: int, budget: Budget) -> Iterator[Step]:
        items = [entry_fields(entry) for entry in found.entries]
        shared = list(dict.fromkeys([*cursor.shared, *shared_ids(items)]))
        remembered = tuple(shared[:SHARED_KEPT])
        entries = {fingerprint(item): without_shared_id(item, shared) for item in items}
        before = cursor.seen or ()
        known = frozenset(before)
        fresh = [mark for mark in entries if mark not in known]
        gone = [mark for mark in before if mark not in entries]
        bozo = (cursor.bozo or 0) + int(is_malformed(found))
        whole = FeedCursor(seen=(*gone[-SEEN_KEPT:], *entries), bozo=bozo, shared=remembered)
        if not is_malformed(found):  # one cut short is asked for in full again
            whole = whole.changed(etag=answer.etag, modified=answer.modified)
        else:
            whole = whole.changed(behind=cursor.behind)
        yield from self._fallen_out(entries.values(), found, cursor)
        for number, first in enumerate(range(0, max(len(fresh), 1), PAGE), start=1):
            part, left = fresh[first : first + PAGE], fresh[first + PAGE :]
            more = bool(left) and number < share and budget.page()
            after = whole
            if left:
                handed_over, behind = (*before, *fresh[: first + PAGE]), [identity_of(entries[mark]) for mark in left]
                after = cursor.changed(seen=handed_over, behind=behind, shared=remembered or cursor.shared)
            gap = Gap(stream=self.name, reason="page_cap") if left and not more else None
            if part or after != cursor:
                items = [entries[mark] for mark in part]
                filled = bool(cursor.behind) and not after.behind
                yield Step(items, after.as_state(), gap, with_each=self._with_each(found), filled=filled)
            if not more:
                return  # without the new etag it is read again, and what was handed over is known

    def _fallen_out(self, entries: Collection[Item], found: Any, cursor: FeedCursor) -> Iterator[Step]:
        """Entries that an earlier run did not come to, and that the feed shows no more: nobody will ever read them."""
        there = {identity_of(item) for item in entries}
        lost = [mark for mark in cursor.behind if mark not in there]
        if lost and not is_malformed(found):
            gap = Gap(stream=self.name, newer_than=lost[-1], older_than=lost[0], reason="look_back")
            yield Step([], cursor.as_state(), gap)

    def _with_each(self, found: Any) -> Json:
        only: Json = {"names": [*city_names(self.city)]} if self.name in self.options.filtered else {}
        return {
            **only,
            "feed": self.name,
            "timezone": self.options.timezone or self.city.timezone,
            "own": self.name in self.options.own,
            "language": str(found.feed.get("language", ""))[:35] or None,
        }
