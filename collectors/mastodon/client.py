"""How we reach a Mastodon or compatible server, and what its refusals mean."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests
from mastodon import Mastodon
from mastodon.errors import (
    MastodonAPIError,
    MastodonError,
    MastodonNetworkError,
    MastodonRatelimitError,
    MastodonWarning,
)
from pydantic import SecretStr

from collectors.http import session as sessions
from collectors.http.errors import endless_error_in
from collectors.http.refusals import NO_ANSWER, TOO_MANY, Meaning, Refusal, Refusals, asked_for, no_answer
from collectors.http.retry_after import BUSY
from collectors.parsing import Item
from core.collection import Budget
from core.errors import SourceError

TIMEOUT_S = 20.0
PAGE = 40
"""The greatest limit servers accept."""
CUT_LINES = 3
"""Broken lines that are tried again at once."""
CLOSED = {401, 403, 404, 422}

SIGNED_IN = "signed_in"
"""Our own code of a refusal to a request that showed a token."""
REFUSALS = Refusals(
    Meaning(TOO_MANY, {429}, wait=asked_for("x-ratelimit-reset")),
    Meaning(
        "{who} does not accept its token, or it was withdrawn: set another in ESCUCHA_MASTODON_TOKENS",
        {401},
        codes={SIGNED_IN},
    ),
    Meaning(
        "{who} does not show its timelines to strangers ({status}): take it out of [sources.mastodon] or set a token in "
        "ESCUCHA_MASTODON_TOKENS",
        CLOSED,
    ),
    Meaning(NO_ANSWER, BUSY, wait=asked_for()),
    otherwise=Meaning(NO_ANSWER),
)


class MastodonClient:
    """One client of one server; keeps the last answer as it came: its limits, and its JSON without the library's classes."""

    def __init__(self, server: str, token: SecretStr | None, session: requests.Session, agent: str) -> None:
        self.server = server
        self.has_token = token is not None
        self.last: requests.Response | None = None
        session.hooks["response"].append(self._hear)
        self.client = Mastodon(
            api_base_url=server,
            access_token=None if token is None else token.get_secret_value(),
            request_timeout=TIMEOUT_S,
            ratelimit_method="throw",
            session=session,
            user_agent=agent,
        )

    def _hear(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self.last = response

    def hashtag_page(self, hashtag: str, budget: Budget, where: dict[str, str]) -> list[Item]:
        """One page of a hashtag's timeline, newest first. A broken line is tried again at once.

        With quick reads some servers cut every fifth line (measured with snac 2.75); reading twice does no harm.

        Raises:
            SourceError: the server refused or failed, in words.
        """
        budget.spend(1)
        for left in reversed(range(CUT_LINES + 1)):
            try:
                return self._told(hashtag, where, budget)
            except MastodonNetworkError as error:
                if left == 0 or endless_error_in(error):
                    raise self._refusal(error, budget.now) from None
        raise AssertionError("the last try returns or raises")

    def _told(self, hashtag: str, where: dict[str, str], budget: Budget) -> list[Item]:
        try:
            return self._hashtag_page(hashtag, where)
        except MastodonNetworkError:
            raise
        except MastodonError as error:
            raise self._refusal(error, budget.now) from None

    def _hashtag_page(self, hashtag: str, where: dict[str, str]) -> list[Item]:
        with warnings.catch_warnings():
            # the library warns that a timeline seems to be closed; the answer itself says so
            warnings.simplefilter("ignore", MastodonWarning)
            self.client.timeline_hashtag(hashtag, limit=PAGE, **where)
        found = None if self.last is None else self.last.json()
        if not isinstance(found, list):
            raise SourceError(f"{self.server} answered something that is no timeline")
        return found

    def _refusal(self, error: MastodonError, now: datetime) -> SourceError:
        headers = {} if self.last is None else self.last.headers
        if isinstance(error, MastodonRatelimitError):
            return REFUSALS.error(Refusal(429, headers), now, self.server)
        status = error.args[1] if isinstance(error, MastodonAPIError) and len(error.args) > 2 else None
        if not isinstance(status, int):
            return no_answer(self.server, error)
        codes = (SIGNED_IN,) if self.has_token else ()
        return REFUSALS.error(Refusal(status, headers, codes), now, self.server)


@contextmanager
def open_client(server: str, token: SecretStr | None, agent: str) -> Iterator[MastodonClient]:
    """A client that never waits by itself; its connections are closed at the end."""
    with sessions.limited_session(agent) as session:
        yield MastodonClient(server, token, session, agent)
