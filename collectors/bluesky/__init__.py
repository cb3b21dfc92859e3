"""Bluesky: what people there say about the city, by search with an account of the city's own, or as it happens.

The maintainers say that search is no data feed; it is asked here for what came in since the last read. Order and lower bound
follow `sortAt`, the earlier of the author's date and the server's: so nobody can hide or blind anything by a wrong date.
With `live` everything written on the network goes by instead, and the search fills only what was missed (`bluesky/live.py`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from atproto import models
from pydantic import Field, SecretStr

from collectors.bluesky.client import Account, FailedError, account, asked
from collectors.bluesky.deletions import told_of
from collectors.bluesky.live import NAME, heard, listening
from collectors.bluesky.mapping import post_as_raw, said_at
from collectors.paging.cursor import StreamCursor
from collectors.paging.newest_first import Answer, Stream, taken_over
from collectors.paging.scheduler import read_in_turn
from collectors.parsing import Item, moment, parsed
from collectors.search_terms import matcher, names, phrase, terms
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions
from core.post import Raw, Rejected
from core.records import Json
from core.user_agent import user_agent

PAGE = 100
"""The server refuses a greater limit."""
INVALID_CURSOR = {400, 500, 502}
"""What a cursor that is not valid any more gets: 500 from the AppView, 502 through a PDS (both measured), 400 to be expected."""


class Options(SourceOptions, source="bluesky"):
    """`[sources.bluesky]`."""

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
    jetstream: str = Field("wss://jetstream.us-east.bsky.network/xrpc", pattern="^wss?://")
    """Address of the stream of everything, or of a test."""


class Secrets(plugins.Secrets):
    """`ESCUCHA_BLUESKY_HANDLE` and `ESCUCHA_BLUESKY_APP_PASSWORD`: search asks for an account; never its main password."""

    bluesky_handle: str = Field(min_length=1)
    bluesky_app_password: SecretStr


def query(city: City, options: Options) -> list[str]:
    """One search for each name and handle: whether this network knows OR is not written down anywhere."""
    if options.queries:
        return list(options.queries)
    terms = [*names(city), *(handle.lstrip("@") for handle in city.handles)]
    return list({term.casefold(): phrase(term) for term in reversed(terms)}.values())[::-1]


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Each search from the newest down to the last complete read and `overlap` below it; see `newest_first`."""
    start = budget.now - options.look_back
    floor = _milliseconds(start)
    position = partial(_position, _milliseconds(budget.now))
    overlap = round(options.overlap / timedelta(milliseconds=1))
    with _account(city, options, secrets, budget) as ours:
        searches = [
            Stream(text, _Search(ours, text, budget).read, position, floor, overlap=overlap)
            for text in query(city, options)
        ]
        if not options.live:  # the stream of everything goes on from where it was read, with other words too
            cursor = taken_over(cursor, query(city, options), lambda name: name != NAME, start, _milliseconds)
        is_ours = matcher([terms(text) for text in query(city, options)])
        streams = (
            listening(options.jetstream, user_agent(city), is_ours, searches, cursor) if options.live else searches
        )
        yield from read_in_turn("bluesky", streams, partial(_parse_own, frozenset(options.own_ids)), cursor, budget)


def parse(raw_json: Json) -> Raw | Rejected:
    """One post: `{"item": a postView or an event of the stream, "place": where it stands, "received_at": when we read it}`."""
    return parsed("bluesky", raw_json, post_as_raw)


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    return raw.model_copy(update={"own": True}) if isinstance(raw, Raw) and raw.author_id in own else raw


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Which of these posts were deleted; see `bluesky/deletions.py`."""
    with _account(city, options, secrets, budget) as ours:
        return told_of(ours.client(), native_ids, query(city, options)[0], budget)


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Signs in and makes one search."""
    now = datetime.now(UTC)
    budget = Budget(now=now, until=now)
    text = query(city, options)[0]
    params = models.AppBskyFeedSearchPosts.Params(q=text, sort="latest", limit=1)
    with _account(city, options, secrets, budget) as ours:
        posts = asked(ours.client(), "app.bsky.feed.searchPosts", params, budget)["posts"]
    newest = (
        f"the newest post it finds for {text} is of {posts[0]['indexedAt']}"
        if posts
        else f"it finds nothing for {text}"
    )
    live = f"; {heard(options.jetstream, user_agent(city), now)}" if options.live else ""
    return f"Bluesky answers {secrets.bluesky_handle}: {newest}{live}"


def _account(city: City, options: Options, secrets: Secrets, budget: Budget) -> AbstractContextManager[Account]:
    return account(options.base_url, secrets.bluesky_handle, secrets.bluesky_app_password, budget, user_agent(city))


@dataclass
class _Search:
    """One search of one run; remembers which tokens the server gave in this run."""

    account: Account
    text: str
    budget: Budget
    given: set[str] = field(default_factory=set)

    def read(self, cursor: StreamCursor) -> Answer:
        """One page.

        A token of an earlier run can have become invalid, which these servers answer like an outage: begin again.
        """
        token = cursor.token
        params = models.AppBskyFeedSearchPosts.Params(q=self.text, sort="latest", limit=PAGE, cursor=token)
        try:
            answer = asked(self.account.client(), "app.bsky.feed.searchPosts", params, self.budget)
        except FailedError as error:
            if token is None or token in self.given or error.status not in INVALID_CURSOR:
                raise
            return Answer([], None, restart=True)
        following = answer.get("cursor")
        self.given |= {following} if following else set()
        return Answer(answer["posts"], following)


def _milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def _position(now: int, item: Item) -> int | None:
    try:
        indexed = moment(item["indexedAt"])
        return min(_milliseconds(said_at(item, indexed)), now)
    except (KeyError, ValueError, TypeError):
        return None
