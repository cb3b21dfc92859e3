"""Send single requests to a web service that returns JSON."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from collectors.http import retry_after, session as sessions
from collectors.http.errors import error_name
from collectors.http.refusals import TOO_MANY_REQUESTS, UNUSABLE_RESPONSE, Meaning, Refusal, Refusals, unusable_response, wait_from_headers
from core.errors import SourceError
from core.records.collection import Budget

TIMEOUT_S = 30.0
"""Participation sites take seconds to compute a page of comments."""
CLOSED = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 410})
"""Includes redirects: they are not followed, because they may lead anywhere."""

REFUSALS = Refusals(
    Meaning(TOO_MANY_REQUESTS, retry_after.BUSY, wait=wait_from_headers()),
    Meaning("{who} returned {status}: not public, or its address in {where} is wrong", CLOSED),
    otherwise=Meaning(UNUSABLE_RESPONSE),
)


@dataclass(frozen=True)
class JsonClient:
    """Send requests to one site in one run.

    Each is paid for before it is sent; none is retried.
    """

    site: str
    where: str
    """The profile section that names the site: `[sources.NAME]`."""
    budget: Budget
    session: requests.Session

    def get_json(self, path: str, params: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """Return the decoded JSON of a GET, or of a POST.

        Args:
            path: appended to the address of the site.
            params: of the query string.
            body: JSON to send; not None: a POST.

        Raises:
            SourceError: an error status, no response, or no JSON.
        """
        response = self._got(path, params, body)
        if response.status_code != 200:
            refusal = Refusal(response.status_code, response.headers)
            raise REFUSALS.error(refusal, self.budget.now, self.site, where=self.where)
        try:
            return response.json()
        except ValueError as error:
            raise self.failure(error_name(error)) from None

    def status(self, path: str) -> int:
        """Return the status of a GET, whatever the body."""
        return self._got(path, None, None).status_code

    def failure(self, why: str) -> SourceError:
        """Return the error of an unusable response.

        The next run tries again; there is no back-off.
        """
        return unusable_response(self.site, why)

    def _got(self, path: str, params: Mapping[str, str] | None, body: Any) -> requests.Response:
        self.budget.spend(1)
        method = "GET" if body is None else "POST"
        try:
            return self.session.request(method, f"{self.site}{path}", params=params, json=body, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise self.failure(error_name(error)) from None


@contextmanager
def open_client(site: str, where: str, budget: Budget, agent: str) -> Iterator[JsonClient]:
    """Open a client that never sleeps; close its connections at the end."""
    with sessions.limited_session(agent) as session:
        yield JsonClient(site, where, budget, session)
