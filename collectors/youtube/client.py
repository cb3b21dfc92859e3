"""How we reach YouTube's data service: the key, what a request costs, and what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from pydantic import SecretStr

from collectors.http import retry_after, session as sessions
from collectors.http.refusals import NO_ANSWER, TOO_MANY, Meaning, Refusal, Refusals, asked_for, if_named, no_answer
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


def _to_midnight(_refusal: Refusal, now: datetime) -> float:
    tomorrow = (now.astimezone(QUOTA_ZONE) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return retry_after.seconds_until(tomorrow.timestamp(), now)


NO_KEY = "{who} does not accept the key ({codes}): set ESCUCHA_YOUTUBE_API_KEY to one for which the YouTube Data API v3 is enabled"
REFUSALS = Refusals(
    Meaning(
        "{who}: the quota of today is used up; it begins anew at midnight in California", codes=SPENT, wait=_to_midnight
    ),
    Meaning(TOO_MANY, codes=TOO_FAST, wait=asked_for()),
    Meaning(TOO_MANY, {429}, wait=asked_for()),
    Meaning(NO_KEY, codes=BAD_KEY, fatal=True),
    Meaning(NO_KEY, {401}, fatal=True),
    Meaning(
        "{what}: its comments are switched off; take it out of [sources.youtube]",
        codes={"commentsDisabled"},
        kind=CommentsOffError,
    ),
    Meaning("{what}: {who} has no such channel, video or comment ({codes})", codes=MISSING, kind=NotThereError),
    Meaning("{what}: the place to go on from is not valid any more", codes=STALE, kind=StaleTokenError),
    Meaning("{what}: {who} refuses to show it ({status}, {codes})", {400, 403}, kind=NotShownError),
    otherwise=Meaning(NO_ANSWER, wait=if_named),
)
"""Not by the number first: 403 means quota, key and switched-off comments alike."""


class YouTubeClient:
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
            raise no_answer("YouTube", error) from None
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
        refusal = Refusal(response.status_code, response.headers, reasons)
        error = REFUSALS.error(refusal, self.budget.now, "YouTube", what=what)
        if error.retry_after is not None and (reasons & (SPENT | TOO_FAST) or refusal.status == 429):
            self.nothing_left = error
        return error


@contextmanager
def open_client(key: SecretStr, base_url: str, budget: Budget, agent: str) -> Iterator[YouTubeClient]:
    """A line that never waits by itself; its connections are closed at the end."""
    with sessions.limited_session(agent) as session:
        yield YouTubeClient(key, base_url, budget, session)


def _reasons(answer: Any) -> frozenset[str]:
    """Every reason the refusal names, in the old form (`errors`) and in the new one (`details`)."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return frozenset()
    told = [*(error.get("errors") or []), *(error.get("details") or [])]
    return frozenset(str(one["reason"]) for one in told if isinstance(one, dict) and "reason" in one)
