"""Connect to X: address, time-out, prices, error responses."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy
from pydantic import SecretStr
from requests.utils import get_environ_proxies

from collectors.http import retry_after
from collectors.http.errors import error_name, was_never_sent
from collectors.http.limits import OversizedError
from collectors.http.refusals import TOO_MANY_REQUESTS, Meaning, Refusal, Refusals, wait_from_headers, wait_if_busy
from collectors.http.session import LimitedAdapter
from core.errors import SourceError, StreamError
from core.records.collection import Budget

# at DEBUG tweepy writes the bearer token into the log
logging.getLogger("tweepy").setLevel(logging.INFO)
# and these two the signature of an account's requests
logging.getLogger("oauthlib").setLevel(logging.INFO)
logging.getLogger("requests_oauthlib").setLevel(logging.INFO)

HOSTS = ("https://api.twitter.com", "https://api.x.com")
TIMEOUT_S = 20.0
PAGE = 100
"""Maximum posts of a response."""
READ_USD, OWNED_READ_USD, COUNT_USD = 0.005, 0.001, 0.005
"""Price of a post, of a post of the token's own account, and of a count request (X's price list of August 2026)."""
EPOCH_MS = 1_288_834_974_657
"""Ids increase with time: milliseconds since this moment of 2010, shifted by 22 bits."""

REFUSALS = Refusals(
    Meaning("{who}: the monthly cap of posts is used up; collecting continues next month", {429}, text="usage-capped", fatal=True),
    Meaning(TOO_MANY_REQUESTS, {429}, wait=wait_from_headers("x-rate-limit-reset")),
    Meaning("{who} rejected the token (401), which is invalid or revoked: set ESCUCHA_X_BEARER_TOKEN to a valid one", {401}, fatal=True),
    Meaning("{who}: out of credits or over the spending limit: buy credits in the developer console", {402}, fatal=True),
    Meaning("{who} refuses this endpoint to this app (403): check its access in the developer console", {403}),
    Meaning(
        "{who} returned 404, most often for a page that no longer exists; retried by the next run. If it persists, check the "
        "access of this app in the developer console",
        {404},
    ),
    otherwise=Meaning("{who} failed with {status}; tried again later", wait=wait_if_busy()),
)
"""All but 400, which may concern the query."""


class TimeoutAdapter(LimitedAdapter):
    """Add a time-out and `base_url` to every request of tweepy.

    tweepy sets no time-out and supports only X's own hosts.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        super().__init__()

    def send(self, request: Any, *args: Any, **kw: Any) -> Any:  # noqa: D102 (requests calls it, see the class)
        host = next((host for host in HOSTS if request.url.startswith(host)), None)
        if host is not None and host != self.base_url:
            request.url = self.base_url + request.url[len(host) :]
            kw["proxies"] = get_environ_proxies(request.url)
        kw["timeout"] = kw.get("timeout") or TIMEOUT_S
        return super().send(request, *args, **kw)


class WrongRequestError(StreamError):
    """Report that X rejects the request itself.

    Its query, a parameter, or an id that is too old. `message`: X's own message.
    """

    message: str = ""


class AnswerLostError(SourceError):
    """Report a response that was lost, but may be billed.

    X may have sent posts that did not arrive whole.
    """


@contextmanager
def open_client(token: str, base_url: str, agent: str) -> Iterator[tweepy.Client]:
    """Open a client that returns JSON and never sleeps.

    Its connections are closed at the end.
    """
    # never wait_on_rate_limit: without a reset header tweepy then retries for ever without a pause
    client = tweepy.Client(token, return_type=dict)
    with _prepared(client, base_url, agent).session:
        yield client


@contextmanager
def open_account_client(keys: Sequence[SecretStr], base_url: str, agent: str) -> Iterator[tweepy.Client]:
    """Open a client that signs requests as one account.

    With OAuth 1.0a. It never sleeps, tries once and follows no redirect.

    Args:
        keys: consumer key and secret, access token and its secret.
        base_url: address of X or of a compatible server.
        agent: user agent.
    """
    client = tweepy.Client(None, *(one.get_secret_value() for one in keys), return_type=dict)
    client.session.max_redirects = 0  # requests turns a redirected POST into a GET
    with _prepared(client, base_url, agent).session:
        yield client


def _prepared(client: tweepy.Client, base_url: str, agent: str) -> tweepy.Client:
    client.user_agent = agent
    for host in HOSTS:
        client.session.mount(host, TimeoutAdapter(base_url))
    return client


def pay_for(ask: Callable[[], Any], budget: Budget, price: float, ids: Sequence[str] | None = None) -> dict[str, Any]:
    """Pay for a request for posts, send it, and return the response.

    The price of a full page is paid before sending; what the page did not contain is credited to the next request.

    Args:
        ask: sends it.
        budget: pays.
        price: of a post.
        ids: of the posts requested by id: they are paid for whether or not they still exist.

    Raises:
        BudgetSpentError: not enough money; nothing was sent.
        SourceError: an error status or no usable response.
    """
    prepaid = price * (PAGE if ids is None else len(ids))
    budget.prepay(prepaid)
    try:
        response = get_json(ask, budget.now)
    except AnswerLostError:
        raise  # stays paid in full
    except SourceError:
        budget.bill([], price, prepaid)  # X gave nothing, so it bills nothing
        raise
    if ids is None:
        _refuse_without_posts(response)  # raises: it stays paid in full as well
    budget.bill(_billed_ids(response, budget.now) if ids is None else ids, price, prepaid)
    return response


def _refuse_without_posts(response: dict[str, Any]) -> None:
    """Raise if X counts posts in the response but `data` is missing.

    Its name has then changed.
    """
    meta = response.get("meta")
    total = meta.get("result_count") if isinstance(meta, dict) else None
    if isinstance(total, int) and total > 0 and "data" not in response:
        raise KeyError("data")


def _billed_ids(response: dict[str, Any], now: datetime) -> list[str]:
    """Return the ids that X bills: each post once.

    A post without an id counts as a new one. Posts that were returned beside the requested ones are billed too.
    """
    includes = response.get("includes")
    beside = [includes.get(name) for name in ("posts", "tweets")] if isinstance(includes, dict) else []
    posts = [*(response.get("data") or []), *(one for some in beside if isinstance(some, list) for one in some)]
    ids = [one.get("id") if isinstance(one, dict) else None for one in posts]
    return [str(one) if one is not None else f"{now.isoformat()} {number}" for number, one in enumerate(ids)]


def get_json(ask: Callable[[], Any], now: datetime) -> dict[str, Any]:
    """Send one request and return its JSON.

    Raises:
        SourceError: an error status or no usable response.
    """
    try:
        response = ask()
    except tweepy.HTTPException as error:
        raise _refusal(error, now) from None
    except (requests.RequestException, OversizedError, ValueError) as error:
        # a broken connection, a time-out, an oversized response, HTML, truncated JSON: tweepy wraps none of them
        kind = SourceError if _cannot_be_billed(error) else AnswerLostError
        rest = retry_after.DEFAULT_S if is_unparsed_backoff(error) else None
        raise kind(f"X gave no usable answer ({error_name(error)}); tried again later", retry_after=rest) from None
    if not isinstance(response, dict) or not isinstance(response.get("data") or [], list):
        raise AnswerLostError("X returned something that is not a list of posts")
    return response


def _cannot_be_billed(error: Exception) -> bool:
    """Tell whether X cannot have billed anything.

    It may have if the connection broke after the request was sent, or within the response.
    """
    if isinstance(error, requests.JSONDecodeError):
        return not error.doc.lstrip().startswith("{")  # a page of HTML; a truncated response of X begins like a whole one
    if isinstance(error, requests.RequestException):
        return was_never_sent(error)
    return is_unparsed_backoff(error)


def is_unparsed_backoff(error: Exception) -> bool:
    """Tell whether X asked for back-off in a header tweepy cannot parse."""
    return isinstance(error, ValueError) and not isinstance(error, requests.RequestException)


def _refusal(error: tweepy.HTTPException, now: datetime) -> SourceError:
    if error.response.status_code == 400:
        return _wrong_request(error)
    refusal = Refusal(error.response.status_code, error.response.headers, text=error.response.text)
    return REFUSALS.error(refusal, now, "X")


def _wrong_request(error: tweepy.HTTPException) -> WrongRequestError:
    words = " ".join(str(error).split())[:200]
    message = f"{error} {error.response.text[:2000]}"
    what = f"X rejected the request (400), most often because of the query in [sources.x]: {words}"
    if any(name in message for name in ("tweet.fields", "post.fields")):
        what = f"X rejected the parameters for the fields of posts, both the older and the newer ones: update Escucha ({words})"
    refusal = WrongRequestError(what, fatal=True)
    refusal.message = message
    return refusal


def id_at(moment: datetime) -> int:
    """Return the smallest id a post of this moment can have.

    >>> id_at(datetime(2026, 11, 24, 10, tzinfo=UTC)) >> 22
    506679425343
    """
    return max(0, round(moment.timestamp() * 1000) - EPOCH_MS) << 22


def time_of(native_id: int) -> datetime:
    """Return when the post with this id was created.

    >>> time_of(1_000_000_000_000_000_000).isoformat()
    '2018-05-25T13:05:53.758000+00:00'
    """
    return datetime.fromtimestamp(((native_id >> 22) + EPOCH_MS) / 1000, UTC)
