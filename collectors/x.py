"""X: what people there say about the city, by recent search and by the mentions of the city's own account.

Everything read costs money (prices of August 2026), so a page is paid for before it is asked. Authors are not asked for: that
would triple the price, and a case never needs them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from typing import Any

import tweepy
from pydantic import Field, SecretStr

from collectors.newest_first import Answer, Stream
from collectors.queries import alternatives, names, phrase
from collectors.record import Item, moment, parsed
from collectors.streams import State, read_in_turn
from collectors.x_api import HOSTS, PAGE, Purse, WrongRequestError, asked, connected, id_at, time_of
from core import fact, parts
from core.city import City
from core.errors import SourceError
from core.fact import Json
from core.page import Budget, Gap, Page
from core.post import Kind, Raw, Rejected

QUERY_LIMIT = 512
READ_USD, OWNED_READ_USD = 0.005, 0.001
REACH = timedelta(days=7) - timedelta(minutes=5)
"""Recent search goes back 7 days; the margin is the time our request is under way."""
MENTIONS_REACH = 800
FIELDS = [
    "created_at",
    "lang",
    "conversation_id",
    "author_id",
    "referenced_tweets",
    "note_tweet",
    "edit_history_tweet_ids",
]
NO_LANGUAGE = {"und", "zxx", "qam", "qct", "qht", "qme", "qst"}
GONE_TITLES = {"Not Found Error", "Authorization Error"}
"""Deleted; or protected or suspended, which X wants treated alike."""


class Options(fact.Options):
    """`[sources.x]`."""

    every: int = Field(15, ge=1)
    """Minutes between two reads."""
    quiet_after: timedelta = timedelta(days=1)
    """Silent for longer than this: alarm."""
    pages: int = Field(10, ge=1)
    """Pages of 100 posts a run may read at most; the rest is read by the next runs."""
    look_back: timedelta = Field(timedelta(hours=6), gt=timedelta(0), le=REACH)
    """How far back the very first read goes."""
    query: str = Field("", max_length=QUERY_LIMIT)
    """A query of your own in X's language; empty: built from the city's names, handles and languages."""
    user_id: str = Field("", pattern=r"^\d*$")
    """Numeric id of the city's own account, whose mentions are read first; empty: search only."""
    owned_reads: bool = False
    """The token is that account's own and it owns the developer app: mentions cost a fifth."""
    own_ids: tuple[str, ...] = ()
    """Numeric ids of all accounts of the city: what they write is marked as the city's own."""
    monthly_budget_usd: float = Field(0.0, ge=0)
    """What the source may cost in a month; 0: nothing is read."""
    base_url: str = HOSTS[0]
    """Address of a compatible server or a test."""


class Secrets(parts.Secrets):
    """`ESCUCHA_X_BEARER_TOKEN`: the app's bearer token, or the access token of the city's own account."""

    x_bearer_token: SecretStr


def query(city: City, options: Options) -> list[str]:
    """The queries: the profile's own, or names and handles in the city's languages, split at 512 characters.

    AND binds tighter than OR on X, hence the brackets. Replies stay in: most complaints are replies to the city.
    """
    if options.query:
        return [options.query]
    languages = " OR ".join(f"lang:{language}" for language in city.languages)
    tail = f" ({languages})" if len(city.languages) > 1 else f" {languages}"
    terms = [*map(phrase, names(city)), *city.handles]
    return [f"({words}){tail}" for words in alternatives(terms, QUERY_LIMIT - len(tail) - 2)]


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Mentions first (they are to the city, and can be cheaper), then each query; the rules are those of `newest_first`."""
    saved = dict(cursor or {})
    purse = Purse(budget, float(str(saved.get("prepaid_usd", 0.0))))
    own = frozenset({*options.own_ids, options.user_id} - {""})
    with connected(secrets.x_bearer_token.get_secret_value(), options.base_url) as client:
        streams = _streams(client, city, options, purse)
        try:
            for page in read_in_turn("x", streams, partial(_parse_own, own), cursor, budget):
                saved = page.cursor
                yield purse.noted(page)
        except SourceError:
            yield purse.noted(Page(cursor=saved))  # the refused page is paid for: the next run must not pay it again
            raise


def parse(raw_json: Json) -> Raw | Rejected:
    """One post: `{"item": X's object, "place": where it stands, "received_at": when we read it}`."""
    return parsed("x", raw_json, _raw)


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Which of these posts were deleted, or are no longer public; paid for as if all were still there."""
    found: dict[str, bool] = {}
    with connected(secrets.x_bearer_token.get_secret_value(), options.base_url) as client:
        for first in range(0, len(native_ids), PAGE):
            ids = native_ids[first : first + PAGE]
            budget.spend(1, READ_USD * len(ids))
            answer = asked(partial(client.get_tweets, ids), budget.now)
            missing = [error for error in answer.get("errors", []) if error.get("title") in GONE_TITLES]
            found |= {str(error["resource_id"]): True for error in missing}
            found |= {str(item["id"]): False for item in answer.get("data") or []}
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """One request of half a cent: how many posts match in 7 days, and what reading them would cost."""
    text = query(city, options)[0]
    with connected(secrets.x_bearer_token.get_secret_value(), options.base_url) as client:
        answer = asked(partial(client.get_recent_tweets_count, text, granularity="day"), datetime.now(UTC))
    total = int(answer["meta"]["total_tweet_count"])
    return f"X answers: {total} posts of the last 7 days match the first query; reading them costs {total * READ_USD:.2f} USD"


def _streams(client: tweepy.Client, city: City, options: Options, purse: Purse) -> list[Stream]:
    start = purse.budget.now - options.look_back
    streams = []
    if options.user_id:
        price = OWNED_READ_USD if options.owned_reads else READ_USD
        mentions = partial(client.get_users_mentions, options.user_id, tweet_fields=FIELDS, max_results=PAGE)
        read = partial(_read, mentions, "pagination_token", purse, price, start)
        streams.append(Stream("mentions", read, _position, id_at(start), reach=MENTIONS_REACH, group="mentions"))
    for text in query(city, options):
        search = partial(client.search_recent_tweets, text, tweet_fields=FIELDS, max_results=PAGE)
        read = partial(_read, search, "next_token", purse, READ_USD, start)
        streams.append(Stream(text, read, _position, id_at(start), group="search"))
    return streams


def _read(ask: partial[Any], token_name: str, purse: Purse, price: float, start: datetime, state: State) -> Answer:
    """One page: newer than the last complete read, or, where X has no such id any more, since a moment."""
    since = state.get("gap_until", state.get("high"))
    begin = state.get("start") or (start.isoformat() if since is None else None)
    lower = {"since_id": str(since)} if begin is None else {"start_time": moment(begin)}
    request = partial(ask, **lower, **({token_name: state["token"]} if "token" in state else {}))
    purse.pay(price)
    try:
        answer = asked(request, purse.budget.now)
    except WrongRequestError as error:
        oldest = purse.budget.now - REACH
        if since is None or begin is not None or not ("since_id" in str(error) or time_of(since) < oldest):
            raise
        gap = Gap(newer_than=str(since), older_than=str(id_at(oldest)), reason="look_back")
        state = {key: value for key, value in state.items() if key != "token"} | {"start": oldest.isoformat()}
        later = _read(ask, token_name, purse, price, start, state)
        return Answer(later.items, later.token, walk={**later.walk, "start": oldest.isoformat()}, gap=gap)
    items = answer.get("data") or []
    purse.used(price, len(items))
    return Answer(items, answer.get("meta", {}).get("next_token"), walk={} if begin is None else {"start": begin})


def _position(item: Item) -> int | None:
    native_id = str(item.get("id", ""))
    return int(native_id) if native_id.isdigit() else None


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    return raw.model_copy(update={"own": True}) if isinstance(raw, Raw) and raw.author_id in own else raw


def _raw(item: Item, received_at: datetime) -> Raw:
    others = {str(other["type"]): str(other["id"]) for other in item.get("referenced_tweets") or []}
    history = item.get("edit_history_tweet_ids") or [item["id"]]
    first = str(history[0])  # an edit has an id of its own: the first one stays the identity
    long_text = (item.get("note_tweet") or {}).get("text")
    language = item.get("lang")
    return Raw(
        source="x",
        native_id=first,
        text=unescape(long_text or item["text"]),
        created_at=moment(item["created_at"]),
        received_at=received_at,
        author_id=item.get("author_id"),
        edited_at=time_of(int(item["id"])) if first != item["id"] else None,
        language=None if language in NO_LANGUAGE else language,
        kind=_kind(others),
        thread_id=str(item.get("conversation_id") or first),
        reply_to=others.get("replied_to"),
        url=f"https://x.com/i/status/{first}",
    )


def _kind(others: dict[str, str]) -> Kind:
    if "retweeted" in others:
        return "repost"
    if "replied_to" in others:
        return "reply"
    return "quote" if "quoted" in others else "post"
