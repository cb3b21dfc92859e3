"""X: what people there say about the city, by recent search and by the mentions of the city's own account.

Everything read costs money (prices of August 2026), so a page is paid for before it is asked. Authors are not asked for: that
would triple the price, and a case never needs them.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

import tweepy
from pydantic import Field, SecretStr, model_validator

from collectors.paging.newest_first import NewestFirst, inherit_cursor
from collectors.paging.scheduler import read_in_turn
from collectors.parsing import parse_record
from collectors.search_terms import alternatives, city_names, phrase
from collectors.x.client import COUNT_USD, HOSTS, OWNED_READ_USD, PAGE, READ_USD, id_at, open_client, pay_for
from collectors.x.mapping import post_as_raw
from collectors.x.plans import Estimate, Plan, count_posts
from collectors.x.streams import MENTIONS, REACH, mentions, searches
from collectors.x.vocabulary import Vocabulary
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions, SpendingLimits
from core.errors import BudgetSpentError, SourceError
from core.post import Raw, Rejected
from core.records import Json
from core.user_agent import user_agent

QUERY_LIMIT = 512
CHECK_USD = COUNT_USD
"""What `check` costs."""
_HANDLE = re.compile(r"@\w{1,15}")
GONE_TITLES = {"Not Found Error", "Authorization Error"}
"""Deleted; or protected or suspended, which X wants treated alike."""


class Options(SourceOptions, source="x"):
    """`[sources.x]`."""

    look_back: timedelta = Field(timedelta(hours=6), gt=timedelta(0), le=REACH)
    """How far back the very first read goes."""
    search: bool = True
    """Search too; false: read the mentions of `user_id` alone, the cheapest way to listen."""
    query: str = Field("", max_length=QUERY_LIMIT)
    """A query of your own in X's language; empty: built from the city's names, handles and languages."""
    user_id: str = Field("", pattern=r"^\d*$")
    """Numeric id of the city's own account, whose mentions are read first; empty: search only."""
    own_handle: str = Field("", pattern=r"^(@\w{1,15})?$")
    """Its handle. Given, the built queries leave out the posts that name it: the mentions bring them, and nothing is paid twice."""
    owned_reads: bool = False
    """The token is that account's own and it owns the developer app: mentions cost a fifth."""
    own_ids: tuple[str, ...] = ()
    """Numeric ids of all accounts of the city: what they write is marked as the city's own."""
    expand_authors: bool = False
    """Ask for authors also where X gives them as an expansion only, as in its contract of August 2026: each may cost a user read,
    which triples the price. Without them the city's own posts cannot be told from others there."""
    monthly_budget_usd: float = Field(0.0, ge=0)
    """What the source may cost in a calendar month (UTC); 0: nothing is read."""
    daily_budget_usd: float | None = Field(None, ge=0)
    """What it may cost in a day (UTC); empty: what is left of the month."""
    run_budget_usd: float | None = Field(None, ge=0)
    """What one run may cost; empty: what is left of the day."""
    base_url: str = HOSTS[0]
    """Address of a compatible server or a test."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.search or (self.user_id and self.own_handle)):
            raise ValueError("search = false reads mentions alone: set user_id and own_handle")
        return self

    def spending_limits(self) -> SpendingLimits:
        """Return what reading posts may cost in a month, a day and a run."""
        return SpendingLimits(
            monthly_usd=self.monthly_budget_usd, daily_usd=self.daily_budget_usd, run_usd=self.run_budget_usd
        )


class Secrets(plugins.Secrets):
    """`ESCUCHA_X_BEARER_TOKEN`: the app's bearer token, or the access token of the city's own account."""

    x_bearer_token: SecretStr


def query(city: City, options: Options) -> list[str]:
    """The queries: the profile's own, or names and handles in the city's languages, split at 512 characters.

    AND binds tighter than OR on X, hence the brackets. Replies stay in: most complaints are replies to the city.
    """
    if not options.search:
        return []
    if options.query:
        return [options.query]
    return _built(city, options, city_names(city))


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Mentions first (they are to the city, and can be cheaper), then each query; the rules are those of `newest_first`."""
    own = frozenset({*options.own_ids, options.user_id} - {""})
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        words = Vocabulary.of(cursor, options.expand_authors)
        streams = _streams(client, city, options, budget, words)
        start, searched = budget.now - options.look_back, query(city, options)
        cursor = inherit_cursor(cursor, searched, lambda name: name != MENTIONS, start, id_at)
        pages = read_in_turn("x", streams, partial(_parse_own, own), cursor, budget, pays=True)
        yield from _with_words(pages, words, cursor)


def _with_words(pages: Iterator[Page], words: Vocabulary, cursor: Json | None) -> Iterator[Page]:
    """The same pages, their cursors with the vocabulary; what was learned without a page is kept as well."""
    last: Json = dict(cursor or {})
    try:
        for page in pages:
            last, words.changed = {**page.cursor, "vocabulary": words.as_json()}, False
            yield page.model_copy(update={"cursor": last})
    except (SourceError, BudgetSpentError):
        if words.changed:
            yield Page(cursor={**last, "vocabulary": words.as_json()})
        raise


def parse(raw_json: Json) -> Raw | Rejected:
    """One post: `{"item": X's object, "place": where it stands, "received_at": when we read it}`."""
    return parse_record("x", raw_json, post_as_raw)


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Which of these posts were deleted, or are no longer public; paid for as if all were still there, once a day."""
    found: dict[str, bool] = {}
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        for first in range(0, len(native_ids), PAGE):
            ids = native_ids[first : first + PAGE]
            answer = pay_for(partial(client.get_tweets, ids), budget, READ_USD, ids)
            errors = [error for error in answer.get("errors") or [] if isinstance(error, dict)]
            missing = [error for error in errors if error.get("title") in GONE_TITLES]
            found |= {str(error.get("resource_id") or error.get("value")): True for error in missing}
            found |= {str(item.get("id")): False for item in answer.get("data") or [] if isinstance(item, dict)}
    return {one: found[one] for one in native_ids if one in found}


def check(city: City, options: Options, secrets: Secrets) -> str:
    """One request of half a cent: how many posts match in 7 days, and what reading them would cost."""
    now = datetime.now(UTC)
    first = (query(city, options) or [options.own_handle])[0]
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        total = count_posts(client, first, Budget(now=now, until=now))
    return f"X answers: {total} posts of the last 7 days match the first query; reading them costs {total * READ_USD:.2f} USD"


def cost(city: City, options: Options, secrets: Secrets, budget: Budget) -> list[Plan]:
    """What three ways of listening would cost in a month, from X's own counts of the last 7 days. Reads no post."""
    account = options.own_handle or next(filter(_HANDLE.fullmatch, city.handles), "")
    apart = (
        account if _by_mentions(options) else ""
    )  # otherwise the queries find the mentions too, and each is paid once
    price = OWNED_READ_USD if options.owned_reads else READ_USD
    handles = _built(city, options, [])
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        estimate = Estimate(client, budget, price, options.every)
        return [
            *([estimate.plan("mentions only", account, [])] if account else []),
            *([estimate.plan("mentions and handles", apart, handles)] if account else []),
            estimate.plan("full: as the profile asks", apart, query(city, options)),
        ]


def _built(city: City, options: Options, words: list[str]) -> list[str]:
    """Queries of these words and the city's handles; none of what the mentions bring anyway."""
    apart = _by_mentions(options)
    languages = " OR ".join(f"lang:{language}" for language in city.languages)
    tail = f" ({languages})" if len(city.languages) > 1 else f" {languages}"
    tail += f" -{apart}" if apart else ""
    # a handle of another network would make X refuse the whole query
    handles = [one for one in city.handles if _HANDLE.fullmatch(one) and one.casefold() != apart.casefold()]
    return [f"({terms}){tail}" for terms in alternatives([*map(phrase, words), *handles], QUERY_LIMIT - len(tail) - 2)]


def _by_mentions(options: Options) -> str:
    """The handle whose posts come by the mentions alone."""
    return options.own_handle if options.user_id else ""


def _streams(
    client: tweepy.Client, city: City, options: Options, budget: Budget, words: Vocabulary
) -> list[NewestFirst]:
    start = budget.now - options.look_back
    price = OWNED_READ_USD if options.owned_reads else READ_USD
    own = [mentions(client, options.user_id, price, budget, start, words)] if options.user_id else []
    return [*own, *searches(client, query(city, options), budget, start, words)]


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    return raw.model_copy(update={"own": True}) if isinstance(raw, Raw) and raw.author_id in own else raw
