"""How we reach X: its address and time-out, what a request costs, and what its refusals mean."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy
from requests.utils import get_environ_proxies

from collectors.http import retry_after
from collectors.http.errors import error_name, was_never_sent
from collectors.http.limits import OversizedError
from collectors.http.refusals import TOO_MANY, Meaning, Refusal, Refusals, asked_for, if_busy
from collectors.http.session import LimitedAdapter
from core.collection import Budget
from core.errors import SourceError, StreamError

# at DEBUG tweepy writes the bearer token into the log
logging.getLogger("tweepy").setLevel(logging.INFO)

HOSTS = ("https://api.twitter.com", "https://api.x.com")
TIMEOUT_S = 20.0
PAGE = 100
"""Most posts an answer holds."""
READ_USD, OWNED_READ_USD, COUNT_USD = 0.005, 0.001, 0.005
"""Of a post; of a post of the token's own account; of a request for a count (X's price list of August 2026)."""
EPOCH_MS = 1_288_834_974_657
"""Ids grow with time: milliseconds since this moment of 2010, shifted by 22 bits."""

REFUSALS = Refusals(
    Meaning(
        "{who}: the cap of posts for this month is used up; it goes on next month",
        {429},
        text="usage-capped",
        fatal=True,
    ),
    Meaning(TOO_MANY, {429}, wait=asked_for("x-rate-limit-reset")),
    Meaning(
        "{who} does not know this token, or it was withdrawn: set ESCUCHA_X_BEARER_TOKEN to a valid one",
        {401},
        fatal=True,
    ),
    Meaning(
        "{who}: out of credits or over the spending limit: buy credits in the developer console", {402}, fatal=True
    ),
    Meaning("{who} refuses this endpoint to this app (403): see its access in the developer console", {403}),
    Meaning(
        "{who} does not find what was asked for (404), most often a further page that is gone meanwhile: tried again by the next run; "
        "if it stays so, see the access of this app in the developer console",
        {404},
    ),
    otherwise=Meaning("{who} failed with {status}; tried again later", wait=if_busy()),
)
"""All but 400, which may be about the query."""


class TimeoutSession(LimitedAdapter):
    """Gives every request of tweepy a time-out (it has none) and the address of `base_url` (it knows only X's)."""

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
    """X does not accept the request itself: its query, a parameter, or an id that is too old. `said`: its own words."""

    said: str = ""


class AnswerLostError(SourceError):
    """X may have handed out posts that did not come here whole: it bills them."""


@contextmanager
def open_client(token: str, base_url: str, agent: str) -> Iterator[tweepy.Client]:
    """A client that answers plain JSON and never waits by itself; its connections are closed at the end."""
    # never wait_on_rate_limit: without a reset header tweepy then asks again for ever without a pause
    client = tweepy.Client(token, return_type=dict)
    client.user_agent = agent
    for host in HOSTS:
        client.session.mount(host, TimeoutSession(base_url))
    with client.session:
        yield client


def pay_for(ask: Callable[[], Any], budget: Budget, price: float, ids: Sequence[str] | None = None) -> dict[str, Any]:
    """The answer to one request for posts, paid for before it is sent as if it were full; what it did not hold pays for the next one.

    Args:
        ask: sends it.
        budget: pays.
        price: of a post.
        ids: of the posts that are asked for by id: they are paid for whether or not they are still there.

    Raises:
        BudgetSpentError: there is no money for it, nothing was sent.
        SourceError: X refused or failed, in words.
    """
    prepaid = price * (PAGE if ids is None else len(ids))
    budget.prepay(prepaid)
    try:
        answer = get_json(ask, budget.now)
    except AnswerLostError:
        raise  # stays paid in full
    except SourceError:
        budget.bill([], price, prepaid)  # X gave nothing, so it bills nothing
        raise
    if ids is None:
        _refuse_without_posts(answer)  # then it stays paid in full as well
    budget.bill(_handed_out(answer, budget.now) if ids is None else ids, price, prepaid)
    return answer


def _refuse_without_posts(answer: dict[str, Any]) -> None:
    """X says how many posts there are: where none stands at its place, that place has another name now."""
    meta = answer.get("meta")
    told = meta.get("result_count") if isinstance(meta, dict) else None
    if isinstance(told, int) and told > 0 and "data" not in answer:
        raise KeyError("data")


def _handed_out(answer: dict[str, Any], now: datetime) -> list[str]:
    """What X bills: each post once, one without an id as one that was not read before, and posts that came beside them unasked."""
    includes = answer.get("includes")
    beside = [includes.get(name) for name in ("posts", "tweets")] if isinstance(includes, dict) else []
    posts = [*(answer.get("data") or []), *(one for some in beside if isinstance(some, list) for one in some)]
    ids = [one.get("id") if isinstance(one, dict) else None for one in posts]
    return [str(one) if one is not None else f"{now.isoformat()} {number}" for number, one in enumerate(ids)]


def get_json(ask: Callable[[], Any], now: datetime) -> dict[str, Any]:
    """The answer to one request.

    Raises:
        SourceError: X refused or failed, in words.
    """
    try:
        answer = ask()
    except tweepy.HTTPException as error:
        raise _refusal(error, now) from None
    except (requests.RequestException, OversizedError, ValueError) as error:
        # a cut line, a time-out, an answer without end, a page of HTML, half a JSON: tweepy lets all of it through
        kind = SourceError if _gave_nothing(error) else AnswerLostError
        rest = retry_after.DEFAULT_S if _is_unread_refusal(error) else None
        raise kind(f"X gave no usable answer ({error_name(error)}); tried again later", retry_after=rest) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("data") or [], list):
        raise AnswerLostError("X answered something that is no list of posts")
    return answer


def _gave_nothing(error: Exception) -> bool:
    """Whether X cannot have billed anything: not so when the line broke after the request was sent, or in the middle of the answer."""
    if isinstance(error, requests.JSONDecodeError):
        return not error.doc.lstrip().startswith("{")  # a page of HTML; half an answer of X begins as a whole one
    if isinstance(error, requests.RequestException):
        return was_never_sent(error)
    return _is_unread_refusal(error)


def _is_unread_refusal(error: Exception) -> bool:
    """X asked for a rest, and tweepy could not read for how long."""
    return isinstance(error, ValueError) and not isinstance(error, requests.RequestException)


def _refusal(error: tweepy.HTTPException, now: datetime) -> SourceError:
    if error.response.status_code == 400:
        return _wrong_request(error)
    refusal = Refusal(error.response.status_code, error.response.headers, text=error.response.text)
    return REFUSALS.error(refusal, now, "X")


def _wrong_request(error: tweepy.HTTPException) -> WrongRequestError:
    words = " ".join(str(error).split())[:200]
    said = f"{error} {error.response.text[:2000]}"
    what = f"X does not accept the request, most often the query of [sources.x]: {words}"
    if any(name in said for name in ("tweet.fields", "post.fields")):
        what = f"X does not accept how we ask for the fields of posts, in its older and its newer way: update Escucha ({words})"
    refusal = WrongRequestError(what, fatal=True)
    refusal.said = said
    return refusal


def id_at(moment: datetime) -> int:
    """The smallest id a post of this moment can have."""
    return max(0, round(moment.timestamp() * 1000) - EPOCH_MS) << 22


def time_of(native_id: int) -> datetime:
    """When the post with this id was made."""
    return datetime.fromtimestamp(((native_id >> 22) + EPOCH_MS) / 1000, UTC)
