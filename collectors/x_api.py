"""How we reach X: its address and time-out, what a request costs, and what its refusals mean."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
import tweepy
from requests.utils import get_environ_proxies

from collectors import waiting
from collectors.sessions import Limited
from collectors.unanswered import reason
from core.errors import SourceError, StreamError
from core.page import Budget, Page

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


class Door(Limited):
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


@dataclass
class Purse:
    """A full page is written down as spent before it is asked; what it did not cost pays for the next one.

    So the sum written down is never below what X bills, and above it by one page at most; the rest is kept in the cursor. X bills
    a post once a UTC day, and so does `budget.bill`.
    """

    budget: Budget
    left: float = 0.0

    def pay(self, price: float, items: int = PAGE) -> None:
        """Before the request.

        Raises:
            BudgetSpentError: the money of this source is used up.
        """
        due = max(0.0, round(price * items - self.left, 6))
        self.budget.spend(1, due)
        self.left = round(self.left + due, 6)

    def used(self, price: float, ids: Sequence[str]) -> None:
        """After the answer."""
        self.left = max(0.0, round(self.left - self.budget.bill(ids, price), 6))

    def noted(self, page: Page) -> Page:
        """The page with the rest in its cursor."""
        return page.model_copy(update={"cursor": {**page.cursor, "prepaid_usd": self.left}})


class WrongRequestError(StreamError):
    """X does not accept the request itself: its query, or an id that is too old."""


@contextmanager
def connected(token: str, base_url: str) -> Iterator[tweepy.Client]:
    """A client that answers plain JSON and never waits by itself; its connections are closed at the end."""
    # never wait_on_rate_limit: without a reset header tweepy then asks again for ever without a pause
    client = tweepy.Client(token, return_type=dict)
    for host in HOSTS:
        client.session.mount(host, Door(base_url))
    with client.session:
        yield client


def asked(ask: Callable[[], Any], now: datetime) -> dict[str, Any]:
    """The answer to one request.

    Raises:
        SourceError: X refused or failed, in words.
    """
    try:
        answer = ask()
    except tweepy.HTTPException as error:
        raise _refusal(error, now) from None
    except (requests.RequestException, ValueError) as error:
        # a cut line, a time-out, a page of HTML, half a JSON: tweepy lets all of it through
        raise SourceError(
            f"X gave no usable answer ({reason(error)}); tried again later", retry_after=waiting.DEFAULT_S
        ) from None
    if not isinstance(answer, dict) or not isinstance(answer.get("data", []), list):
        raise SourceError("X answered something that is no list of posts", retry_after=waiting.DEFAULT_S)
    return answer


def _refusal(error: tweepy.HTTPException, now: datetime) -> SourceError:
    status = error.response.status_code
    if status == 400:
        words = " ".join(str(error).split())[:200]
        return WrongRequestError(
            f"X does not accept the request, most often the query of [sources.x]: {words}", fatal=True
        )
    if status == 429 and "usage-capped" in error.response.text:
        return SourceError("X: the cap of posts for this month is used up; it goes on next month", fatal=True)
    if status == 429:
        wait = waiting.asked_for(error.response.headers, now, "x-rate-limit-reset")
        return SourceError(f"X: too many requests, wait {wait:.0f} s", retry_after=wait)
    if status == 401:
        words = "X does not know this token, or it was withdrawn: set ESCUCHA_X_BEARER_TOKEN to a valid one"
        return SourceError(words, fatal=True)
    if status == 402:
        return SourceError(
            "X: out of credits or over the spending limit: buy credits in the developer console", fatal=True
        )
    if status in (403, 404):
        return SourceError(f"X refuses this endpoint to this app ({status}): see its access in the developer console")
    return SourceError(f"X failed with {status}; tried again later", retry_after=waiting.DEFAULT_S)


def id_at(moment: datetime) -> int:
    """The smallest id a post of this moment can have."""
    return max(0, round(moment.timestamp() * 1000) - EPOCH_MS) << 22


def time_of(native_id: int) -> datetime:
    """When the post with this id was made."""
    return datetime.fromtimestamp(((native_id >> 22) + EPOCH_MS) / 1000, UTC)
