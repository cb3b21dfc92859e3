"""How we reach Reddit: its keys, its limits, and what its refusals mean. The library's own waiting is switched off."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import praw
import requests
from prawcore.exceptions import PrawcoreException
from pydantic import SecretStr

from collectors.http.refusals import TOO_MANY, Meaning, Refusal, Refusals, asked_for, if_named, no_answer
from collectors.http.session import LimitedAdapter
from collectors.parsing import Item
from core.collection import Budget
from core.errors import SourceError

TIMEOUT_S = 20.0
LIMITS = ("x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-used")
"""prawcore sleeps by these headers, up to ten minutes."""

REFUSALS = Refusals(
    Meaning(
        "{who} does not accept these keys: set ESCUCHA_REDDIT_CLIENT_ID and ESCUCHA_REDDIT_CLIENT_SECRET to approved ones",
        {401},
        fatal=True,
    ),
    Meaning(
        "{who} lets this app in no more (403): its approval was refused or withdrawn",
        {403},
        text="/access_token",
        fatal=True,
    ),
    Meaning(TOO_MANY, {429}, wait=asked_for()),
    Meaning("{who}: this is private, banned or not there ({status}): see [sources.reddit]", {301, 302, 403, 404}),
    otherwise=Meaning("{who} failed with {status}; tried again later", wait=if_named),
)


class OneTryRequestor(LimitedAdapter):
    """Every refusal becomes an error at once, where the library would ask again after a pause; the stated limits are kept."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.nothing_left: SourceError | None = None
        super().__init__()

    def send(self, *args: Any, **kw: Any) -> Any:  # noqa: D102 (requests calls it, see the class)
        try:
            response = super().send(*args, **kw)
        except requests.RequestException as error:
            raise no_answer("Reddit", error) from None
        limits = {name: response.headers.pop(name) for name in LIMITS if name in response.headers}
        if response.status_code >= 300:
            response.close()
            raise self._refusal(response)
        if limits.get("x-ratelimit-remaining") in {"0", "0.0"}:
            spent = Refusal(429, {"Retry-After": limits.get("x-ratelimit-reset", "")})
            self.nothing_left = REFUSALS.error(spent, self.now, "Reddit")
        return response

    def _refusal(self, response: requests.Response) -> SourceError:
        refusal = Refusal(response.status_code, response.headers, text=str(response.url))
        error = REFUSALS.error(refusal, self.now, "Reddit")
        if refusal.status == 429:
            self.nothing_left = error
        return error


class RedditClient:
    """One client of one run."""

    def __init__(self, reddit: praw.Reddit, door: OneTryRequestor, budget: Budget) -> None:
        self.reddit, self.door, self.budget = reddit, door, budget

    def asked(self, path: str, params: dict[str, Any]) -> Item:
        """The answer as plain JSON.

        Raises:
            SourceError: Reddit refused or failed, in words; also before asking, when it said that nothing is left.
        """
        if self.door.nothing_left is not None:
            raise self.door.nothing_left
        self.budget.spend(1)
        try:
            answer = self.reddit.request(method="GET", path=path, params=params)
        except PrawcoreException as error:
            cause = getattr(error, "original_exception", None)
            if isinstance(cause, SourceError):
                raise SourceError(f"{cause} [{path}]", retry_after=cause.retry_after, fatal=cause.fatal) from None
            raise no_answer("Reddit", error) from None
        listing = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(listing, dict):
            raise SourceError("Reddit answered something that is no listing")
        return listing


@contextmanager
def open_client(
    client_id: SecretStr, secret: SecretStr, user: str, base_url: str, budget: Budget, agent: str
) -> Iterator[RedditClient]:
    """A client with the application's own rights (reading only); its connections are closed at the end.

    Reddit's rules ask for the account that answers for the app beside the usual `agent`.
    """
    door = OneTryRequestor(budget.now)
    with requests.Session() as session:
        session.mount("https://", door)
        session.mount("http://", door)
        where: dict[str, Any] = {"reddit_url": base_url, "oauth_url": base_url} if base_url else {}
        reddit = praw.Reddit(
            client_id=client_id.get_secret_value(),
            client_secret=secret.get_secret_value(),
            user_agent=f"{agent} (by u/{user})",
            requestor_kwargs={"session": session, "timeout": TIMEOUT_S},
            check_for_updates=False,
            check_for_async=False,
            **where,
        )
        yield RedditClient(reddit, door, budget)
