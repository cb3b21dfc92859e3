"""Connect to the YouTube Data API: key, quota, error responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from pydantic import SecretStr

from collectors.http import retry_after, session as sessions
from collectors.http.refusals import (
    TOO_MANY_REQUESTS,
    UNUSABLE_RESPONSE,
    Meaning,
    Refusal,
    Refusals,
    unusable_response,
    wait_from_headers,
    wait_if_header,
)
from collectors.parsing import Item, object_of
from core.errors import AnswerChangedError, SourceError
from core.records.collection import Budget

HOST = "https://www.googleapis.com"
TIMEOUT_S = 20.0
QUOTA_ZONE = ZoneInfo("America/Los_Angeles")
"""A day of the quota ends at midnight in California."""

SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
BAD_KEY = frozenset(
    "keyInvalid keyExpired API_KEY_INVALID accessNotConfigured SERVICE_DISABLED ipRefererBlocked API_KEY_SERVICE_BLOCKED "
    "API_KEY_IP_ADDRESS_BLOCKED API_KEY_HTTP_REFERRER_BLOCKED".split()
)
MISSING = frozenset({"channelNotFound", "videoNotFound", "commentNotFound", "commentThreadNotFound", "notFound"})
STALE = frozenset({"invalidPageToken"})


class NotFoundError(SourceError):
    """Report a channel, video or comment that no longer exists."""


class CommentsOffError(SourceError):
    """Report that the owner switched off the comments."""


class NotShownError(SourceError):
    """Report that YouTube refuses this one resource.

    The reason is not given; other resources may work.
    """


class StaleTokenError(SourceError):
    """Report a page token that is no longer valid."""


def _to_midnight(_refusal: Refusal, now: datetime) -> float:
    tomorrow = (now.astimezone(QUOTA_ZONE) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_after.seconds_until(tomorrow.timestamp(), now)


BAD_KEY_MESSAGE = "{who} rejected the key ({codes}): set ESCUCHA_YOUTUBE_API_KEY to one for which the YouTube Data API v3 is enabled"
REFUSALS = Refusals(
    Meaning("{who}: today's quota is used up; it resets at midnight in California", codes=SPENT, wait=_to_midnight),
    Meaning(TOO_MANY_REQUESTS, codes=TOO_FAST, wait=wait_from_headers()),
    Meaning(TOO_MANY_REQUESTS, {429}, wait=wait_from_headers()),
    Meaning(BAD_KEY_MESSAGE, codes=BAD_KEY, fatal=True),
    Meaning(BAD_KEY_MESSAGE, {401}, fatal=True),
    Meaning("{what}: its comments are switched off; remove it from [sources.youtube]", codes={"commentsDisabled"}, kind=CommentsOffError),
    Meaning("{what}: {who} has no such channel, video or comment ({codes})", codes=MISSING, kind=NotFoundError),
    Meaning("{what}: the page token is no longer valid", codes=STALE, kind=StaleTokenError),
    Meaning("{what}: {who} refuses to show it ({status}, {codes})", {400, 403}, kind=NotShownError),
    otherwise=Meaning(UNUSABLE_RESPONSE, wait=wait_if_header),
)
"""Reason codes before statuses: 403 means quota, key and switched-off comments alike."""


class YouTubeClient:
    """Send requests with one key in one run.

    Once the quota is used up nothing more is sent: error responses cost as much as results.
    """

    def __init__(self, key: SecretStr, base_url: str, budget: Budget, session: requests.Session) -> None:
        self.budget, self.session = budget, session
        self.address = f"{base_url.rstrip('/')}/youtube/v3"
        # in a header, not in the URL: URLs end up in logs and error messages
        session.headers["X-Goog-Api-Key"] = key.get_secret_value()
        self.exhausted: SourceError | None = None

    def get_json(self, what: str, path: str, params: dict[str, Any]) -> Item:
        """Return one response, for one unit of the quota.

        Args:
            what: name of the resource in error messages.
            path: of the endpoint.
            params: of the query string.

        Raises:
            SourceError: an error status or no usable response; also before sending, if the quota is used up.
        """
        if self.exhausted is not None:
            raise self.exhausted
        self.budget.spend(1)
        try:
            response = self.session.get(f"{self.address}/{path}", params=params, timeout=TIMEOUT_S, allow_redirects=False)
            body = response.json() if response.content else None
        except (requests.RequestException, ValueError) as error:
            raise unusable_response("YouTube", error) from None
        if response.status_code != 200:
            raise self._refusal(what, response, reasons_of(body))
        if not isinstance(body, dict) or not isinstance(body.get("items", []), list):
            raise SourceError("YouTube returned something that is not a list of comments")
        if "items" not in body and object_of(body, "pageInfo").get("totalResults"):
            raise AnswerChangedError(f"{what}: YouTube reports comments but returns none (missing_field: items)")
        return body

    def _refusal(self, what: str, response: requests.Response, reasons: frozenset[str]) -> SourceError:
        refusal = Refusal(response.status_code, response.headers, reasons)
        error = REFUSALS.error(refusal, self.budget.now, "YouTube", what=what)
        if error.retry_after is not None and (reasons & (SPENT | TOO_FAST) or refusal.status == 429):
            self.exhausted = error
        return error


@contextmanager
def open_client(key: SecretStr, base_url: str, budget: Budget, agent: str) -> Iterator[YouTubeClient]:
    """Open a client that never sleeps; close its connections at the end."""
    with sessions.limited_session(agent) as session:
        yield YouTubeClient(key, base_url, budget, session)


def reasons_of(body: Any) -> frozenset[str]:
    """Return all reason codes of an error response.

    In the old form (`errors`) and in the new one (`details`).
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return frozenset()
    lists = [error.get("errors"), error.get("details")]
    errors = [one for some in lists if isinstance(some, list) for one in some]
    return frozenset(str(one["reason"]) for one in errors if isinstance(one, dict) and "reason" in one)
