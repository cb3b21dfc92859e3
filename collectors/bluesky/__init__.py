"""Collect Bluesky posts about the city by search or live stream.

Search needs an account of the city. Its maintainers say that it is not a data feed; it is queried for posts since the last run. Order
and lower bound follow `sortAt`, the earlier of the author's date and the server's, so a wrong date can hide nothing. With `live` the
stream of all posts is read instead, and the search fills only its gaps (`bluesky/live.py`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from atproto import models
from pydantic import Field, SecretStr

from collectors.bluesky.client import Account, FailedError, get_posts, open_account
from collectors.bluesky.deletions import deletion_states
from collectors.bluesky.live import NAME, describe_event, live_streams
from collectors.bluesky.mapping import created_at_of, post_as_raw
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import ListingPage, NewestFirst, inherit_cursor
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import Item, parse_date, parse_record
from collectors.search_terms import city_names, matcher, phrase, terms
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped
from core.config.source_options import SourceOptions
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Reach, Rejected
from core.user_agent import user_agent

PAGE = 100
"""The server rejects a higher limit."""
INVALID_CURSOR = {400, 500, 502}
"""Statuses for a cursor that is no longer valid: 500 from the AppView, 502 through a PDS (both measured), 400 to be expected."""

USUAL = ("record.createdAt", "record.langs")
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SourceOptions, source="bluesky"):
    """Declare `[sources.bluesky]`."""

    look_back: timedelta = Field(timedelta(days=1), gt=timedelta(0))
    """How far back the very first read goes."""
    overlap: timedelta = Field(timedelta(hours=6), ge=timedelta(0))
    """Every read goes this far below the last one: for posts that came in late or carry an older date."""
    queries: tuple[str, ...] = ()
    """Searches of your own; empty: one for each name and handle of the city."""
    live: bool = False
    """Read the network's stream of everything instead of searching: seconds behind, deletions too, but gigabytes a day."""
    own_ids: tuple[str, ...] = ()
    """The city's own accounts (`did:plc:...`): the stream names authors by these alone; what they write is marked as the city's."""
    base_url: str = "https://bsky.social"
    """Address of another server of the network, or of a test."""
    jetstream: str = Field(
        "wss://jetstream.us-east.bsky.network/xrpc", pattern=shaped("^wss?://", "not the address of a stream, which begins with wss://")
    )
    """Address of the stream of everything, or of a test."""


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_BLUESKY_HANDLE` and `ESCUCHA_BLUESKY_APP_PASSWORD`."""

    bluesky_handle: str = Field(min_length=1)
    """Handle of an account of the city: search needs one."""
    bluesky_app_password: SecretStr
    """An app password of that account, never its main password."""


def query(city: City, options: Options) -> list[str]:
    """Return one search for each name and handle.

    Whether this network supports OR is not documented.
    """
    if options.queries:
        return list(options.queries)
    terms = [*city_names(city), *(handle.lstrip("@") for handle in city.handles)]
    return list({term.casefold(): phrase(term) for term in reversed(terms)}.values())[::-1]


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield each search from the newest down; see `newest_first`.

    Each goes to the last complete fetch and `overlap` below it.
    """
    start = budget.now - options.look_back
    floor = _milliseconds(start)
    position = partial(_position, _milliseconds(budget.now))
    overlap = round(options.overlap / timedelta(milliseconds=1))
    with _account(city, options, secrets, budget) as ours:
        searches = [NewestFirst(text, _Search(ours, text, budget).read, position, floor, overlap=overlap) for text in query(city, options)]
        if not options.live:  # the live stream continues from its position, with other queries too
            cursor = inherit_cursor(cursor, query(city, options), lambda name: name != NAME, start, _milliseconds)
        names_city = matcher([terms(text) for text in query(city, options)])
        streams = live_streams(options.jetstream, user_agent(city), names_city, searches, cursor) if options.live else searches
        yield from fetch_in_turn("bluesky", streams, partial(_parse_own, frozenset(options.own_ids)), cursor, budget, usual=lambda: USUAL)


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one post.

    Input: `{"item": a postView or an event of the stream, "place", "received_at"}`.
    """
    return parse_record("bluesky", raw_json, post_as_raw)


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    return raw.model_copy(update={"own": True}) if isinstance(raw, Raw) and raw.author_id in own else raw


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool | Reach]:
    """Find deleted posts; see `bluesky/deletions.py`."""
    with _account(city, options, secrets, budget) as ours:
        return deletion_states(ours.client(), native_ids, query(city, options)[0], budget)


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Sign in and run one search."""
    now = datetime.now(UTC)
    budget = Budget(now=now, until=now)
    text = query(city, options)[0]
    params = models.AppBskyFeedSearchPosts.Params(q=text, sort="latest", limit=1)
    with _account(city, options, secrets, budget) as ours:
        posts = get_posts(ours.client(), "app.bsky.feed.searchPosts", params, budget)["posts"]
    newest = f"the newest post it finds for {text} is of {posts[0]['indexedAt']}" if posts else f"it finds nothing for {text}"
    live = f"; {describe_event(options.jetstream, user_agent(city), now)}" if options.live else ""
    return f"Bluesky answers {secrets.bluesky_handle}: {newest}{live}"


def _account(city: City, options: Options, secrets: Secrets, budget: Budget) -> AbstractContextManager[Account]:
    return open_account(options.base_url, secrets.bluesky_handle, secrets.bluesky_app_password, budget, user_agent(city))


@dataclass
class _Search:
    """Run one search in one run, remembering the tokens it returned."""

    account: Account
    text: str
    budget: Budget
    given: set[str] = field(default_factory=set)

    def read(self, cursor: StreamCursor) -> ListingPage:
        """Fetch one page.

        A token of an earlier run can have become invalid, which these servers report like an outage: restart at the top.
        """
        token = cursor.token
        params = models.AppBskyFeedSearchPosts.Params(q=self.text, sort="latest", limit=PAGE, cursor=token)
        try:
            listing = get_posts(self.account.client(), "app.bsky.feed.searchPosts", params, self.budget)
        except FailedError as error:
            if token is None or token in self.given or error.status not in INVALID_CURSOR:
                raise
            return ListingPage([], None, restart=True)
        following = listing.get("cursor")
        self.given |= {following} if following else set()
        return ListingPage(listing["posts"], following)


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def _position(now: int, item: Item) -> int | None:
    try:
        indexed = parse_date(item["indexedAt"])
        return min(_milliseconds(created_at_of(item, indexed)), now)
    except (KeyError, ValueError, TypeError):
        return None
