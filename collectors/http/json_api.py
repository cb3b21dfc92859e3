"""One question to a web service that answers JSON; when there is no answer, why, in words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from collectors.http import retry_after, session as sessions
from collectors.http.errors import error_name
from collectors.http.refusals import NO_ANSWER, TOO_MANY, Meaning, Refusal, Refusals, asked_for, no_answer
from core.collection import Budget
from core.errors import SourceError

TIMEOUT_S = 30.0
"""Participation sites compute a page of comments for seconds."""
CLOSED = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 405, 410})
"""Also a redirect: it is not followed, for it may lead anywhere."""

REFUSALS = Refusals(
    Meaning(TOO_MANY, retry_after.BUSY, wait=asked_for()),
    Meaning("{who} shows strangers nothing here ({status}): check its address in {where}", CLOSED),
    otherwise=Meaning(NO_ANSWER),
)


@dataclass(frozen=True)
class JsonClient:
    """One site in one run. Every question is paid for before it is sent; none is sent twice."""

    site: str
    where: str
    """Where the profile names it: `[sources.NAME]`."""
    budget: Budget
    session: requests.Session

    def asked(self, path: str, params: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The answer as plain JSON; with a `body` the question is a POST.

        Raises:
            SourceError: refused, failed or no JSON, in words.
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
        """How it answers, whatever it says."""
        return self._got(path, None, None).status_code

    def failure(self, why: str) -> SourceError:
        """An answer that is of no use, so that it is tried again later; nobody asked for a rest."""
        return no_answer(self.site, why)

    def _got(self, path: str, params: Mapping[str, str] | None, body: Any) -> requests.Response:
        self.budget.spend(1)
        method = "GET" if body is None else "POST"
        try:
            return self.session.request(
                method, f"{self.site}{path}", params=params, json=body, timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException as error:
            raise self.failure(error_name(error)) from None


@contextmanager
def open_client(site: str, where: str, budget: Budget, agent: str) -> Iterator[JsonClient]:
    """A line to this site that never waits by itself; its connections are closed at the end."""
    with sessions.limited_session(agent) as session:
        yield JsonClient(site, where, budget, session)
