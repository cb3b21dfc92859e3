"""Call a GeoReport v2 server: create requests and fetch them by id."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from contact_centre import http
from contact_centre.open311.shapes import FORMATS, READERS, Row

CHUNK = 50
"""Ids in one query: the address stays below the length that every proxy accepts."""


@dataclass(frozen=True)
class Server:
    """Describe one endpoint and how it lists requests."""

    http: httpx.Client
    form: str
    jurisdiction: str
    page_size: int
    """The most requests in one answer."""
    can_page: bool
    """Whether it takes `rows` and `start` (Zaragoza), which the standard lacks."""

    def get(self, path: str, query: dict[str, str] | None = None, accept: tuple[int, ...] = ()) -> httpx.Response:
        """Send a reading request.

        `jurisdiction_id` is added only where the endpoint serves several.
        """
        params = (query or {}) | ({"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {})
        form = FORMATS[self.form]
        return http.ask(self.http, "GET", f"{path}.{self.form}", params=params, accept=accept, form=form)

    def post(self, path: str, fields: dict[str, str]) -> list[Row]:
        """Send a creating request as a form."""
        data = fields | ({"jurisdiction_id": self.jurisdiction} if self.jurisdiction else {})
        return self.rows(http.ask(self.http, "POST", f"{path}.{self.form}", data=data, form=FORMATS[self.form]))

    def rows(self, answer: httpx.Response) -> list[Row]:
        """Read the rows of an answer."""
        return READERS[self.form](answer.content)


def create_request(server: Server, fields: dict[str, str]) -> Row:
    """Create a request; the row has `service_request_id`, `token` or neither.

    Raises:
        RefusedError: the server refuses it.
    """
    found = server.post("requests", fields)
    return found[0] if found else {}


def poll_token(server: Server, token: str, polls: int, wait_s: float) -> str | None:
    """Ask for the id behind a token; None while it has none."""
    for attempt in range(polls):
        if attempt:
            time.sleep(wait_s)
        answer = server.get(f"tokens/{quote(token, safe='')}", accept=(404,))
        found = server.rows(answer) if answer.status_code == 200 else []
        if found and "service_request_id" in found[0]:
            return found[0]["service_request_id"]
    return None


def request_by_id(server: Server, number: str) -> Row | None:
    """Fetch one request; None when there is none."""
    answer = server.get(f"requests/{quote(number, safe='')}", accept=(404,))
    found = server.rows(answer) if answer.status_code == 200 else []
    return next((row for row in found if row.get("service_request_id") == number), None)


def requests_by_id(server: Server, numbers: Sequence[str]) -> dict[str, Row]:
    """Fetch many requests at once.

    Ids the server leaves out are missing from the result.
    """
    seen: dict[str, Row] = {}
    for start in range(0, len(numbers), CHUNK):
        wanted = numbers[start : start + CHUNK]
        for row in server.rows(server.get("requests", {"service_request_id": ",".join(wanted)})):
            if row.get("service_request_id") in wanted:  # some servers ignore the filter
                seen[row["service_request_id"]] = row
    return seen
