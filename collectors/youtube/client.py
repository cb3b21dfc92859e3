"""How we reach YouTube's data service: the key, what a request costs, and what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from pydantic import SecretStr

from collectors.http import retry_after, session as sessions
from collectors.http.errors import reason
from collectors.parsing import Item, part_of
from core.collection import Budget
from core.errors import AnswerChangedError, SourceError

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


class NotThereError(SourceError):
    """The channel, video or comment does not exist any more."""


class CommentsOffError(SourceError):
    """Its owner switched the comments off."""


class NotShownError(SourceError):
    """YouTube will not show this, for a reason of its own; that says nothing about the rest."""


class StaleTokenError(SourceError):
    """The place to go on from is not valid any more."""


class Line:
    """One key in one run. Once the quota is gone nothing more is asked: refusals cost as much as answers."""

    def __init__(self, key: SecretStr, base_url: str, budget: Budget, session: requests.Session) -> None:
        self.budget, self.session = budget, session
        self.address = f"{base_url.rstrip('/')}/youtube/v3"
        # in a header, not in the address: addresses get into logs and error texts
        session.headers["X-Goog-Api-Key"] = key.get_secret_value()
        self.nothing_left: SourceError | None = None

    def asked(self, what: str, path: str, params: dict[str, Any]) -> Item:
        """One answer for one unit of the quota; `what` says in an error what it was about.

        Raises:
            SourceError: YouTube refused or failed, in words; also before asking, when the quota is gone.
        """
        if self.nothing_left is not None:
            raise self.nothing_left
        self.budget.spend(1)
        try:
            response = self.session.get(
                f"{self.address}/{path}", params=params, timeout=TIMEOUT_S, allow_redirects=False
            )
            answer = response.json() if response.content else None
        except (requests.RequestException, ValueError) as error:
            raise _no_answer(reason(error)) from None
        if response.status_code != 200:
            raise self._refusal(what, response, _reasons(answer))
        if not isinstance(answer, dict) or not isinstance(answer.get("items", []), list):
            raise SourceError("YouTube answered something that is no list of comments")
        if "items" not in answer and part_of(answer, "pageInfo").get("totalResults"):
            raise AnswerChangedError(
                f"{what}: YouTube says that there are comments, and gives none (missing_field: items)"
            )
        return answer

    def _refusal(self, what: str, response: requests.Response, reasons: frozenset[str]) -> SourceError:
        """Not by the number: 403 means quota, key and switched-off comments alike."""
        status, said = response.status_code, ", ".join(sorted(reasons)) or "no reason given"
        if reasons & SPENT:
            words = "YouTube: the quota of today is used up; it begins anew at midnight in California"
            self.nothing_left = SourceError(words, retry_after=_to_midnight(self.budget.now))
            return self.nothing_left
        if reasons & TOO_FAST or status == 429:
            wait = retry_after.asked_for(response.headers, self.budget.now)
            self.nothing_left = SourceError(f"YouTube: too many requests, wait {wait:.0f} s", retry_after=wait)
            return self.nothing_left
        if reasons & BAD_KEY or status == 401:
            return SourceError(
                f"YouTube does not accept the key ({said}): set ESCUCHA_YOUTUBE_API_KEY to one for which the "
                "YouTube Data API v3 is enabled",
                fatal=True,
            )
        if "commentsDisabled" in reasons:
            return CommentsOffError(f"{what}: its comments are switched off; take it out of [sources.youtube]")
        if reasons & MISSING:
            return NotThereError(f"{what}: YouTube has no such channel, video or comment ({said})")
        if reasons & STALE:
            return StaleTokenError(f"{what}: the place to go on from is not valid any more")
        if status in (400, 403):
            return NotShownError(f"{what}: YouTube refuses to show it ({status}, {said})")
        return _no_answer(str(status), retry_after.named(response.headers, self.budget.now))


@contextmanager
def connected(key: SecretStr, base_url: str, budget: Budget, agent: str) -> Iterator[Line]:
    """A line that never waits by itself; its connections are closed at the end."""
    with sessions.session(agent) as session:
        yield Line(key, base_url, budget, session)


def _reasons(answer: Any) -> frozenset[str]:
    """Every reason the refusal names, in the old form (`errors`) and in the new one (`details`)."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return frozenset()
    told = [*(error.get("errors") or []), *(error.get("details") or [])]
    return frozenset(str(one["reason"]) for one in told if isinstance(one, dict) and "reason" in one)


def _to_midnight(now: datetime) -> float:
    tomorrow = (now.astimezone(QUOTA_ZONE) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_after.until(tomorrow.timestamp(), now)


def _no_answer(kind: str, wait: float | None = None) -> SourceError:
    return SourceError(f"YouTube gave no usable answer ({kind}); tried again later", retry_after=wait)
