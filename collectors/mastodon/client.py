"""Connect to a Mastodon or compatible server, and explain its error responses."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

import requests
from mastodon import Mastodon
from mastodon.errors import MastodonAPIError, MastodonError, MastodonNetworkError, MastodonRatelimitError, MastodonWarning
from pydantic import SecretStr

from collectors.http import session as sessions
from collectors.http.errors import oversized_error_in
from collectors.http.refusals import TOO_MANY_REQUESTS, UNUSABLE_RESPONSE, Meaning, Refusal, Refusals, unusable_response, wait_from_headers
from collectors.http.retry_after import BUSY
from collectors.parsing import Item
from core.errors import SourceError
from core.records.collection import Budget

TIMEOUT_S = 20.0
PAGE = 40
"""The highest limit that servers accept."""
MAX_RETRIES = 3
"""Immediate retries after a broken connection."""
CLOSED = {401, 403, 404, 422}

WITH_TOKEN = "signed_in"  # noqa: S105 (a code, not a token)
"""Our own code for an error response to a request with a token."""
REFUSALS = Refusals(
    Meaning(TOO_MANY_REQUESTS, {429}, wait=wait_from_headers("x-ratelimit-reset")),
    Meaning(
        "{who} rejected its token (401), which is invalid or revoked: set another in ESCUCHA_MASTODON_TOKENS", {401}, codes={WITH_TOKEN}
    ),
    Meaning(
        "{who} returned {status}: its timelines are not public. Remove it from [sources.mastodon] or set a token in "
        "ESCUCHA_MASTODON_TOKENS",
        CLOSED,
    ),
    Meaning(UNUSABLE_RESPONSE, BUSY, wait=wait_from_headers()),
    otherwise=Meaning(UNUSABLE_RESPONSE),
)


class MastodonClient:
    """Wrap the library's client of one server.

    Keeps the last response as it arrived: its rate-limit headers, and its JSON without the library's classes.
    """

    def __init__(self, server: str, token: SecretStr | None, session: requests.Session, agent: str) -> None:
        self.server = server
        self.has_token = token is not None
        self.last: requests.Response | None = None
        session.hooks["response"].append(self._keep_response)
        self.client = Mastodon(
            api_base_url=server,
            access_token=None if token is None else token.get_secret_value(),
            request_timeout=TIMEOUT_S,
            ratelimit_method="throw",
            session=session,
            user_agent=agent,
        )

    def _keep_response(self, response: requests.Response, *_: Any, **__: Any) -> requests.Response:
        self.last = response
        return _without_items(response)

    def hashtag_page(self, hashtag: str, budget: Budget, where: dict[str, str]) -> list[Item]:
        """Return one page of a hashtag timeline, newest first.

        A broken connection is retried at once: at short intervals some servers cut every fifth connection (measured with snac 2.75), and
        duplicates are harmless.

        Raises:
            SourceError: an error status or no usable response.
        """
        budget.spend(1)
        for left in reversed(range(MAX_RETRIES + 1)):
            try:
                return self._request(hashtag, where, budget)
            except MastodonNetworkError as error:
                if left == 0 or oversized_error_in(error):
                    raise self._refusal(error, budget.now) from None
        raise AssertionError("the last try returns or raises")

    def _request(self, hashtag: str, where: dict[str, str], budget: Budget) -> list[Item]:
        try:
            return self._hashtag_page(hashtag, where)
        except MastodonNetworkError:
            raise
        except MastodonError as error:
            raise self._refusal(error, budget.now) from None

    def _hashtag_page(self, hashtag: str, where: dict[str, str]) -> list[Item]:
        with warnings.catch_warnings():
            # the library warns that a timeline seems to be closed; the response says so as well
            warnings.simplefilter("ignore", MastodonWarning)
            self.client.timeline_hashtag(hashtag, limit=PAGE, **where)
        found = None if self.last is None else self.last.json()
        if not isinstance(found, list):
            raise SourceError(f"{self.server} returned something that is not a timeline")
        return found

    def _refusal(self, error: MastodonError, now: datetime) -> SourceError:
        headers = {} if self.last is None else self.last.headers
        if isinstance(error, MastodonRatelimitError):
            return REFUSALS.error(Refusal(429, headers), now, self.server)
        status = error.args[1] if isinstance(error, MastodonAPIError) and len(error.args) > 2 else None
        if not isinstance(status, int):
            return unusable_response(self.server, error)
        codes = (WITH_TOKEN,) if self.has_token else ()
        return REFUSALS.error(Refusal(status, headers, codes), now, self.server)


def _without_items(response: requests.Response) -> requests.Response:
    """Replace a page with an empty list, for the library.

    It would cast each field of each item, which costs more CPU time than all the rest of a read; the result is not used. Any other
    response is returned as it is.
    """
    try:
        is_page = response.ok and isinstance(response.json(), list)
    except ValueError:
        is_page = False
    if not is_page:
        return response
    empty = requests.Response()
    empty.status_code, empty.reason, empty.url = response.status_code, response.reason, response.url
    empty.request, empty.history, empty.elapsed = response.request, response.history, response.elapsed
    empty.headers, empty.encoding, empty.raw = response.headers, "utf-8", BytesIO(b"[]")
    return empty


@contextmanager
def open_client(server: str, token: SecretStr | None, agent: str) -> Iterator[MastodonClient]:
    """Open a client that never sleeps; close its connections at the end."""
    with sessions.limited_session(agent) as session:
        yield MastodonClient(server, token, session, agent)
