"""Asks a participation platform's public data service (GraphQL), and says in words what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from collectors import waiting
from collectors.record import Item
from collectors.unanswered import reason
from core.errors import SourceError
from core.page import Budget

TIMEOUT_S = 30.0
"""These sites compute a page of comments for seconds."""


class Line:
    """One site in one run."""

    def __init__(self, address: str, budget: Budget, session: requests.Session) -> None:
        self.address, self.budget, self.session = address, budget, session

    def asked(self, query: str, variables: dict[str, Any]) -> Item:
        """The data of one answer.

        Raises:
            SourceError: the site refused or failed, in words.
        """
        self.budget.spend(1)
        try:
            # a redirect would turn the question into a plain visit of the page
            response = self.session.post(
                self.address, json={"query": query, "variables": variables}, timeout=TIMEOUT_S, allow_redirects=False
            )
            status, answer = response.status_code, response.json() if response.status_code == 200 else None
        except (requests.RequestException, ValueError) as error:
            raise self._failure(reason(error)) from None
        if status in (429, 503):
            wait = waiting.asked_for(response.headers, self.budget.now)
            raise SourceError(f"{self.address}: too many requests, wait {wait:.0f} s", retry_after=wait)
        if status in (301, 302, 307, 308, 401, 403, 404, 405):
            raise SourceError(f"{self.address} shows no public data here ({status}): check the address in the profile")
        if status != 200:
            raise self._failure(str(status))
        if not isinstance(answer, dict) or not (answer.get("errors") or isinstance(answer.get("data"), dict)):
            raise self._failure("what it sent is no GraphQL")
        if answer.get("errors"):
            raise SourceError(f"{self.address} does not accept the question: {_said(answer['errors'])}")
        data: Item = answer["data"]
        return data

    def _failure(self, why: str) -> SourceError:
        return SourceError(
            f"{self.address} gave no usable answer ({why}); tried again later", retry_after=waiting.DEFAULT_S
        )


@contextmanager
def connected(address: str, budget: Budget) -> Iterator[Line]:
    """A line that never waits by itself; its connections are closed at the end."""
    with requests.Session() as session:
        yield Line(address, budget, session)


def _said(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) else errors
    return str(first.get("message") if isinstance(first, dict) else first)[:200]


def nodes_of(connection: Any) -> tuple[list[Item], Item]:
    """The records of a page, and where it stands (`pageInfo`).

    Raises:
        SourceError: this is no page.
    """
    try:
        return [edge["node"] for edge in connection["edges"] if edge], connection["pageInfo"]
    except (KeyError, TypeError):
        raise SourceError("a participation site answered something that is no page of records") from None
