"""Collect RSS and Atom feeds of the press, the council and associations.

Dates in feeds are unreliable, so an entry is new if it was not returned before, whatever its date. An article dated yesterday that
appears today is therefore collected, and one dated in the future hides no other. A malformed feed is parsed as far as possible.
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
from collectors.paging.scheduler import Step, fetch_in_turn
from collectors.parsing import Item, parse_record
from collectors.search_terms import city_names
from collectors.zones import ZoneName
from core.config.city import City
from core.config.plugins import Secrets
from core.config.source_options import SourceOptions
from core.errors import RefusedValueError, SourceError
from core.records import Json
from core.records.collection import Budget, Gap, Page
from core.records.post import Raw, Rejected
from core.user_agent import user_agent

PAGE = 200
SEEN_KEPT = 500
"""Entries remembered beyond the current ones; the ledger recognises a later return as a duplicate."""
SHARED_KEPT = 50
"""Non-unique ids remembered: an entry that is later alone in the feed must not be identified by one."""

USUAL = ("link",)
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SourceOptions, source="feeds"):
    """Declare `[sources.feeds]`."""

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
    """Also read feeds at private addresses, such as an intranet's."""

    @field_validator("feeds", "own", "filtered")
    @classmethod
    def _web(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [address for address in addresses if not address.startswith(("https://", "http://"))]
        if wrong:
            raise RefusedValueError("not a web address: {addresses}", addresses=tuple(wrong))
        return tuple(dict.fromkeys(addresses))

    @model_validator(mode="after")
    def _among_the_feeds(self) -> Self:
        for key, some in (("own", self.own), ("filtered", self.filtered)):
            unknown = sorted(set(some) - set(self.feeds))
            if unknown:
                raise RefusedValueError("{key}: {addresses} is not among the feeds", addresses=tuple(unknown), key=key)
        return self

    def limits(self, agent: str) -> DownloadLimits:
        """Return the limits and user agent for downloading a feed."""
        return DownloadLimits(agent=agent, timeout_s=self.timeout_s, max_bytes=self.max_bytes, allow_private=self.allow_private)


class FeedCursor(StreamState):
    """Hold what is known of a feed. None: never fetched."""

    seen: tuple[str, ...] | None = None
    """Digests of the entries that were returned."""
    bozo: int | None = None
    """How many times the feed was malformed."""
    etag: str | None = None
    """`ETag` of the last response that was parsed whole; None: an unconditional request."""
    modified: str | None = None
    """Its `Last-Modified`."""
    shared: tuple[str, ...] = ()
    """Ids that several entries share, which identify nothing."""
    behind: tuple[str, ...] = ()
    """Entries that the last run did not reach, the next one first."""


def collect(city: City, options: Options, secrets: Secrets | None, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each feed's entries that are new or were rewritten.

    Failures of feeds are raised at the end.
    """
    yield from fetch_in_turn("feeds", [_Feed(url, city, options) for url in options.feeds], parse, cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one entry.

    Input: `{"item": feedparser's entry, "place", "received_at", "feed": its URL, "timezone", "own", "language"}`. With `"names"` only an
    entry that contains one of them is kept.
    """
    return parse_record("feeds", raw_json, partial(entry_as_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets | None, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Return no deletions.

    A feed lists what is new, not what was deleted, and no links are followed.
    """
    return {}


def check(city: City, options: Options, secrets: Secrets | None) -> str:
    """Download and parse each feed once."""
    results, failed = [], []
    for url in options.feeds:
        try:
            response = download(url, "", "", options.limits(user_agent(city)), datetime.now(UTC))
            found = parse_feed(url, response.content or b"", response.content_type)
            results.append(f"{url}: {len(found.entries)} entries{', not well-formed' if is_malformed(found) else ''}")
        except SourceError as error:
            failed.append(str(error))
    if failed:
        raise SourceError("; ".join(failed))
    return "; ".join(results)


@dataclass(frozen=True)
class _Feed:
    """Describe one feed as a stream."""

    name: str
    city: City
    options: Options

    @property
    def group(self) -> str:
        """Return its URL: feeds fail independently."""
        return self.name

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        """Yield the new entries. `etag` is stored with the last of them."""
        if not budget.page():
            return
        budget.spend(1)
        cursor = FeedCursor.of(state, self.name)
        limits = self.options.limits(user_agent(self.city))
        response = download(self.name, cursor.etag or "", cursor.modified or "", limits, budget.now)
        if response.content is not None:
            yield from self._steps(response, parse_feed(self.name, response.content, response.content_type), cursor, page_quota, budget)

    def _steps(self, response: Download, found: Any, cursor: FeedCursor, page_quota: int, budget: Budget) -> Iterator[Step]:
        items = [entry_fields(entry) for entry in found.entries]
        shared = list(dict.fromkeys([*cursor.shared, *shared_ids(items)]))
        remembered = tuple(shared[:SHARED_KEPT])
        entries = {fingerprint(item): without_shared_id(item, shared) for item in items}
        before = cursor.seen or ()
        known = frozenset(before)
        fresh = [mark for mark in entries if mark not in known]
        vanished = [mark for mark in before if mark not in entries]
        bozo = (cursor.bozo or 0) + int(is_malformed(found))
        whole = FeedCursor(seen=(*vanished[-SEEN_KEPT:], *entries), bozo=bozo, shared=remembered)
        if not is_malformed(found):  # a truncated feed is requested again unconditionally
            whole = whole.changed(etag=response.etag, modified=response.modified)
        else:
            whole = whole.changed(behind=cursor.behind)
        yield from self._unread_gap(entries.values(), found, cursor)
        for number, first in enumerate(range(0, max(len(fresh), 1), PAGE), start=1):
            part, left = fresh[first : first + PAGE], fresh[first + PAGE :]
            more = bool(left) and number < page_quota and budget.page()
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
                return  # without the new etag the feed is fetched again, and the returned entries are known

    def _unread_gap(self, entries: Collection[Item], found: Any, cursor: FeedCursor) -> Iterator[Step]:
        """Record a gap for entries that dropped out of the feed unread.

        An earlier run did not reach them, and they cannot be fetched any more.
        """
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
