"""Connect to Reddit: keys, rate limits, error responses.

The library's own sleeping is switched off.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import praw
import requests
from prawcore.exceptions import PrawcoreException
from pydantic import SecretStr

from collectors.http.refusals import TOO_MANY_REQUESTS, Meaning, Refusal, Refusals, unusable_response, wait_from_headers, wait_if_header
from collectors.http.session import LimitedAdapter
from collectors.http.writing import error_of_failure, error_of_status
from collectors.parsing import Item
from core.errors import SourceError
from core.records.collection import Budget

TIMEOUT_S = 20.0
RATE_HEADERS = ("x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used")
"""prawcore sleeps by these headers, up to ten minutes."""

REFUSALS = Refusals(
    Meaning(
        "{who} rejected the keys (401): set ESCUCHA_REDDIT_CLIENT_ID and ESCUCHA_REDDIT_CLIENT_SECRET to approved ones", {401}, fatal=True
    ),
    Meaning("{who} rejected this app (403): its approval was refused or revoked", {403}, text="/access_token", fatal=True),
    Meaning(TOO_MANY_REQUESTS, {429}, wait=wait_from_headers()),
    Meaning("{who} returned {status}: private, banned or not found; correct [sources.reddit]", {301, 302, 403, 404}),
    otherwise=Meaning("{who} failed with {status}; tried again later", wait=wait_if_header),
)


class SingleTryAdapter(LimitedAdapter):
    """Raise every error response at once, without the library's retries.

    The rate limits in the headers are kept.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.exhausted: SourceError | None = None
        super().__init__()

    def send(self, *args: Any, **kw: Any) -> Any:  # noqa: D102 (requests calls it, see the class)
        try:
            response = super().send(*args, **kw)
        except requests.RequestException as error:
            raise unusable_response("Reddit", error) from None
        limits = {name: response.headers.pop(name) for name in RATE_HEADERS if name in response.headers}
        if response.status_code >= 300:
            response.close()
            raise self._refusal(response)
        if limits.get("x-ratelimit-remaining") in {"0", "0.0"}:
            spent = Refusal(429, {"Retry-After": limits.get("x-ratelimit-reset", "")})
            self.exhausted = REFUSALS.error(spent, self.now, "Reddit")
        return response

    def _refusal(self, response: requests.Response) -> SourceError:
        refusal = Refusal(response.status_code, response.headers, text=str(response.url))
        error = REFUSALS.error(refusal, self.now, "Reddit")
        if refusal.status == 429:
            self.exhausted = error
        return error


class WritingAdapter(SingleTryAdapter):
    """Raise whether writing was refused, not taken or is unknown.

    Requests that read, and the login, fail as in `SingleTryAdapter`. `has_written`: a request that writes was sent.
    """

    has_written = False

    def send(self, request: Any, *args: Any, **kw: Any) -> Any:  # noqa: D102 (requests calls it, see the class)
        if request.method != "POST" or request.url.endswith("/access_token"):
            return super().send(request, *args, **kw)
        self.has_written = True
        try:
            response = LimitedAdapter.send(self, request, *args, **kw)
        except requests.RequestException as error:
            raise error_of_failure("Reddit", error) from None
        for name in RATE_HEADERS:
            response.headers.pop(name, None)
        if response.status_code == 401:
            raise REFUSALS.error(Refusal(401), self.now, "Reddit")
        if response.status_code >= 300:
            raise error_of_status("Reddit", response.status_code, response.text)
        return response


class RedditClient:
    """Send requests to Reddit in one run."""

    def __init__(self, reddit: praw.Reddit, adapter: SingleTryAdapter, budget: Budget) -> None:
        self.reddit, self.adapter, self.budget = reddit, adapter, budget

    def get_json(self, path: str, params: dict[str, Any]) -> Item:
        """Return a listing as JSON.

        Raises:
            SourceError: an error status or no usable response; also before sending, if Reddit said that the rate limit is used up.
        """
        if self.adapter.exhausted is not None:
            raise self.adapter.exhausted
        self.budget.spend(1)
        try:
            response = self.reddit.request(method="GET", path=path, params=params)
        except PrawcoreException as error:
            cause = getattr(error, "original_exception", None)
            if isinstance(cause, SourceError):
                raise SourceError(f"{cause} [{path}]", retry_after=cause.retry_after, fatal=cause.fatal) from None
            raise unusable_response("Reddit", error) from None
        listing = response.get("data") if isinstance(response, dict) else None
        if not isinstance(listing, dict):
            raise SourceError("Reddit returned something that is not a listing")
        return listing


@contextmanager
def open_client(client_id: SecretStr, secret: SecretStr, user: str, base_url: str, budget: Budget, agent: str) -> Iterator[RedditClient]:
    """Open a read-only client with the application's own rights.

    Its connections are closed at the end. Reddit's rules require the account responsible for the app in the user agent, beside `agent`.
    """
    with _client(client_id, secret, user, base_url, budget, agent, SingleTryAdapter(budget.now)) as client:
        yield client


@contextmanager
def open_account_client(
    keys: tuple[SecretStr, SecretStr, SecretStr], user: str, base_url: str, budget: Budget, agent: str
) -> Iterator[RedditClient]:
    """Open a client that writes as this account and tries once.

    Args:
        keys: client id and secret of a script app, and the account's password.
        user: name of the account.
        base_url: address of a test; empty: Reddit.
        budget: pays for the requests that read.
        agent: user agent.
    """
    client_id, secret, password = keys
    # -1: the library sleeps and sends again when Reddit says to wait for less than this
    account = {"username": user, "password": password.get_secret_value(), "ratelimit_seconds": -1}
    with _client(client_id, secret, user, base_url, budget, agent, WritingAdapter(budget.now), **account) as client:
        yield client


@contextmanager
def _client(
    client_id: SecretStr, secret: SecretStr, user: str, base_url: str, budget: Budget, agent: str, adapter: SingleTryAdapter, **account: Any
) -> Iterator[RedditClient]:
    with requests.Session() as session:
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        where: dict[str, Any] = {"reddit_url": base_url, "oauth_url": base_url} if base_url else {}
        reddit = praw.Reddit(
            client_id=client_id.get_secret_value(),
            client_secret=secret.get_secret_value(),
            user_agent=f"{agent} (by u/{user})",
            requestor_kwargs={"session": session, "timeout": TIMEOUT_S},
            check_for_updates=False,
            check_for_async=False,
            **account,
            **where,
        )
        yield RedditClient(reddit, adapter, budget)
