"""Collect X posts about the city by recent search and by mentions.

The mentions are those of the city's own account. Everything fetched costs money (prices of August 2026), so a page is paid for before
it is requested. Authors are requested only where the profile says so (`expand_authors`, `followers`): that triples the price, and a case
never needs them.

    client       address, prices, error responses
    streams      mentions and searches, as streams of pages
    vocabulary   fields that are requested; without them X returns no thread and no author
    mapping      an X post as a `Raw`: thread, post it answers, edits, kind
    plans        price of each way of listening
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

import tweepy
from pydantic import Field, SecretStr, model_validator

from collectors.paging.newest_first import NewestFirst, inherit_cursor
from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import parse_record, shown_with
from collectors.search_terms import alternatives, city_names, phrase
from collectors.x.client import COUNT_USD, HOSTS, OWNED_READ_USD, PAGE, READ_USD, WrongRequestError, id_at, open_client, pay_for
from collectors.x.mapping import counts, post_as_raw
from collectors.x.plans import Estimate, Plan, count_posts
from collectors.x.streams import MENTIONS, REACH, mentions, searches
from collectors.x.vocabulary import COUNTS, NEW, OLD, USER_USD, Vocabulary, send_query
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped
from core.config.source_options import SourceOptions, SpendingLimits
from core.errors import BudgetSpentError, SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Reach, Rejected
from core.user_agent import user_agent

QUERY_LIMIT = 512
CHECK_USD = COUNT_USD
"""Price of `check`."""
_HANDLE = re.compile(r"@\w{1,15}")
DELETED_TITLES = {"Not Found Error", "Authorization Error"}
"""Deleted; or protected or suspended, which X requires to be treated alike."""


class Options(SourceOptions, source="x"):
    """Declare `[sources.x]`."""

    look_back: timedelta = Field(timedelta(hours=6), gt=timedelta(0), le=REACH)
    """How far back the very first read goes."""
    search: bool = True
    """Search too; false: read the mentions of `user_id` alone, the cheapest way to listen."""
    query: str = Field("", max_length=QUERY_LIMIT)
    """A query of your own in X's language; empty: built from the city's names, handles and languages."""
    user_id: str = Field("", pattern=shaped(r"^\d*$", "not the number of an account, such as '2244994945'"))
    """Numeric id of the city's own account, whose mentions are read first; empty: search only."""
    own_handle: str = Field(
        "", pattern=shaped(r"^(@\w{1,15})?$", "not a handle of X, which begins with @ and has at most 15 letters: '@ayuntamiento'")
    )
    """Its handle. Given, the built queries leave out the posts that name it: the mentions bring them, and nothing is paid twice."""
    owned_reads: bool = False
    """The token is that account's own and it owns the developer app: mentions cost a fifth."""
    own_ids: tuple[str, ...] = ()
    """Numeric ids of all accounts of the city: what they write is marked as the city's own."""
    expand_authors: bool = False
    """Ask for authors also where X gives them as an expansion only, as in its contract of August 2026: each may cost a user read,
    which triples the price. Without them the city's own posts cannot be distinguished from others there."""
    followers: bool = False
    """Ask how many followers each author has; only a band of it is kept. Each author may cost a user read, which triples the price."""
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
            raise ValueError("search = false collects mentions only: set user_id and own_handle")
        return self

    def spending_limits(self) -> SpendingLimits:
        """Return the limits of a month, a day and a run."""
        return SpendingLimits(monthly_usd=self.monthly_budget_usd, daily_usd=self.daily_budget_usd, run_usd=self.run_budget_usd)


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_X_BEARER_TOKEN`."""

    x_bearer_token: SecretStr
    """The app's bearer token, or the access token of the city's own account."""


def query(city: City, options: Options) -> list[str]:
    """Return the queries: that of the profile, else names and handles.

    Built queries are restricted to the city's languages and split at 512 characters. AND binds tighter than OR on X, hence the brackets.
    Replies are included: most complaints are replies to the city.
    """
    if not options.search:
        return []
    if options.query:
        return [options.query]
    return _build_queries(city, options, city_names(city))


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield the mentions, then each query; see `newest_first`.

    Mentions come first: they are addressed to the city, and can be cheaper.
    """
    own = frozenset({*options.own_ids, options.user_id} - {""})
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        vocabulary = Vocabulary.of(cursor, options.expand_authors, options.followers)
        streams = _streams(client, city, options, budget, vocabulary)
        start, searched = budget.now - options.look_back, query(city, options)
        cursor = inherit_cursor(cursor, searched, lambda name: name != MENTIONS, start, id_at)
        pages = fetch_in_turn("x", streams, partial(_parse_own, own), cursor, budget, pays=True, usual=vocabulary.usual)
        yield from _with_vocabulary(pages, vocabulary, cursor)


def _with_vocabulary(pages: Iterator[Page], vocabulary: Vocabulary, cursor: Json | None) -> Iterator[Page]:
    """Yield the same pages, with the vocabulary in their cursors.

    A change of the vocabulary in a run without pages is stored as well.
    """
    last: Json = dict(cursor or {})
    try:
        for page in pages:
            last, vocabulary.changed = {**page.cursor, "vocabulary": vocabulary.as_json()}, False
            yield page.model_copy(update={"cursor": last})
    except (SourceError, BudgetSpentError):
        if vocabulary.changed:
            yield Page(cursor={**last, "vocabulary": vocabulary.as_json()})
        raise


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one post.

    Input: `{"item": X's object, "place", "received_at"}`.
    """
    return parse_record("x", raw_json, post_as_raw)


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool | Reach]:
    """Find posts that were deleted or are no longer public.

    Paid for as if all still existed, once a day. The counts of the others cost nothing more; their authors are not requested.
    """
    found: dict[str, bool | Reach] = {}
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        for first in range(0, len(native_ids), PAGE):
            ids = native_ids[first : first + PAGE]
            response = _look_up(client, ids, budget)
            errors = [error for error in response.get("errors") or [] if isinstance(error, dict)]
            missing = [error for error in errors if error.get("title") in DELETED_TITLES]
            found |= {str(error.get("resource_id") or error.get("value")): True for error in missing}
            posts = [item for item in response.get("data") or [] if isinstance(item, dict)]
            found |= {str(item.get("id")): shown_with(counts(item)) for item in posts}
    return {one: found[one] for one in native_ids if one in found}


def _look_up(client: tweepy.Client, ids: list[str], budget: Budget) -> dict[str, Any]:
    """Look up posts with their counts, in the contract that X accepts.

    Where X ignores the parameter, the counts are missing: asking again would be paid again.
    """
    params = {"ids": ",".join(ids)}
    try:
        return pay_for(partial(send_query, client, "/2/tweets", {**params, NEW: COUNTS}), budget, READ_USD, ids)
    except WrongRequestError as error:
        if NEW not in error.message:
            raise
    return pay_for(partial(send_query, client, "/2/tweets", {**params, OLD: COUNTS}), budget, READ_USD, ids)


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Count the matching posts of 7 days and estimate their price.

    One request of half a cent.
    """
    now = datetime.now(UTC)
    first = (query(city, options) or [options.own_handle])[0]
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        total = count_posts(client, first, Budget(now=now, until=now))
    usd = total * (READ_USD + _author_usd(options))
    return f"X answers: {total} posts of the last 7 days match the first query; reading them costs {usd:.2f} USD"


def cost(city: City, options: Options, secrets: Secrets, budget: Budget) -> list[Plan]:
    """Estimate a month's price of three ways of listening.

    From X's own counts of the last 7 days; no post is fetched.
    """
    account = options.own_handle or next(filter(_HANDLE.fullmatch, city.handles), "")
    apart = account if _mentions_handle(options) else ""  # otherwise the queries return the mentions too, and each is paid once
    price = OWNED_READ_USD if options.owned_reads else READ_USD
    handles = _build_queries(city, options, [])
    with open_client(secrets.x_bearer_token.get_secret_value(), options.base_url, user_agent(city)) as client:
        estimate = Estimate(client, budget, price, options.every, _author_usd(options))
        return [
            *([estimate.plan("mentions only", account, [])] if account else []),
            *([estimate.plan("mentions and handles", apart, handles)] if account else []),
            estimate.plan("full: as the profile asks", apart, query(city, options)),
        ]


def _author_usd(options: Options) -> float:
    """Return what the author of each post may cost."""
    return USER_USD if options.followers else 0.0


def _build_queries(city: City, options: Options, names: list[str]) -> list[str]:
    """Build queries from these terms and the city's handles.

    Posts that the mentions return anyway are excluded.
    """
    apart = _mentions_handle(options)
    languages = " OR ".join(f"lang:{language}" for language in city.languages)
    tail = f" ({languages})" if len(city.languages) > 1 else f" {languages}"
    tail += f" -{apart}" if apart else ""
    # X rejects the whole query for a handle of another network
    handles = [one for one in city.handles if _HANDLE.fullmatch(one) and one.casefold() != apart.casefold()]
    return [f"({terms}){tail}" for terms in alternatives([*map(phrase, names), *handles], QUERY_LIMIT - len(tail) - 2)]


def _mentions_handle(options: Options) -> str:
    """Return the handle whose mentions are fetched apart, else an empty text."""
    return options.own_handle if options.user_id else ""


def _streams(client: tweepy.Client, city: City, options: Options, budget: Budget, vocabulary: Vocabulary) -> list[NewestFirst]:
    start = budget.now - options.look_back
    price = OWNED_READ_USD if options.owned_reads else READ_USD
    own = [mentions(client, options.user_id, price, budget, start, vocabulary)] if options.user_id else []
    return [*own, *searches(client, query(city, options), budget, start, vocabulary)]


def _parse_own(own: frozenset[str], raw_json: Json) -> Raw | Rejected:
    raw = parse(raw_json)
    return raw.model_copy(update={"own": True}) if isinstance(raw, Raw) and raw.author_id in own else raw
