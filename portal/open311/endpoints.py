"""Answer each address of GeoReport v2."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import EscuchaError
from core.records.post import is_example
from core.web.rate_limits import RateLimit
from ledger import read
from pipeline.context import Context, now
from pipeline.steps.receive import INBOX
from portal.open311.answers import (
    RefusedRequestError,
    caller_of,
    check_address,
    form_of,
    not_stored,
    published,
    refused,
)
from portal.open311.creation import Creation
from portal.open311.formats import Format, Row, write_list, write_object
from portal.open311.keys import Key
from portal.open311.query import read_filters, read_page
from portal.open311.requests import request_row
from portal.open311.services import definition_row, offered_topics, service_row, topics_of_codes

ROOT = "/open311"
DISCOVERY_CHANGED = "2026-11-27T00:00:00Z"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
Responder = Callable[[Request, Format], Response]


@dataclass
class Open311Server:
    """Serve GeoReport v2; one per process."""

    context: Context
    keys: tuple[Key, ...] = ()
    reads: RateLimit = field(default_factory=lambda: RateLimit(600, 60))
    """Readings per address."""

    def routes(self) -> list[Route]:
        """Return the routes of all addresses."""
        reading: dict[str, Responder] = {
            "/discovery": self.discovery,
            "/v2/discovery": self.discovery,
            "/v2/services": self.services,
            "/v2/services/{code}": self.definition,
            "/v2/requests": self.requests,
            "/v2/requests/{number}": self.request,
            "/v2/tokens/{token}": self.token,
        }
        routes = [
            Route(f"{ROOT}{path}.{{form}}", partial(self._read, answer), methods=["GET"])
            for path, answer in reading.items()
        ]
        creation = Creation(self.context, self.keys)
        return [*routes, Route(f"{ROOT}/v2/requests.{{form}}", creation.handle, methods=["POST"])]

    async def _read(self, answer: Responder, request: Request) -> Response:
        form = form_of(request)
        try:
            if not self.reads.admits(caller_of(request)):
                raise RefusedRequestError(429, "too many requests: wait a minute")
            check_address(self.context.city, request, request.query_params.get("jurisdiction_id", ""))
            return await run_in_threadpool(answer, request, form)
        except EscuchaError as error:
            return refused(form, error)

    def discovery(self, request: Request, form: Format) -> Response:
        """Say where the service is and what it speaks."""
        city, url = self.context.city, f"{self.context.settings.portal_address}{ROOT}/v2"
        endpoint: Row = {
            "specification": SPECIFICATION, "url": url, "changeset": DISCOVERY_CHANGED, "type": "production",
            "formats": ["text/xml", "application/json"],
        }  # fmt: skip
        row: Row = {
            "changeset": DISCOVERY_CHANGED, "contact": f"{city.notice.controller}, {city.notice.contact}",
            "key_service": city.notice.contact if self.keys else "", "endpoints": [endpoint],
        }  # fmt: skip
        return published(request, form, write_object(form, row, "discovery"))

    def services(self, request: Request, form: Format) -> Response:
        """List the services."""
        rows = [service_row(self.context.city, topic) for topic in offered_topics(self.context.city.open311)]
        return published(request, form, write_list(form, rows, "services", "service"))

    def definition(self, request: Request, form: Format) -> Response:
        """Define one service."""
        (topic,) = topics_of_codes(self.context.city.open311, [request.path_params["code"]])
        return published(
            request, form, write_object(form, definition_row(self.context.city, topic), "service_definition")
        )

    def requests(self, request: Request, form: Format) -> Response:
        """List requests, newest first, page by page."""
        query = request.query_params
        page, filters = read_page(query), read_filters(query, self.context.city.open311, now())
        found = self._cases(page.size + 1, page.offset, filters)
        shown = found[: page.size]
        link = ""
        if len(found) > page.size and "start" not in query:
            following = request.url.include_query_params(page=page.number + 1)
            link = f'<{self.context.settings.portal_address}{following.path}?{following.query}>; rel="next"'
        return self._shown(request, form, shown, link=link)

    def request(self, request: Request, form: Format) -> Response:
        """Show one request."""
        found = self._cases(1, 0, {"keys": [request.path_params["number"]]})
        if not found:
            raise RefusedRequestError(404, "service_request_id was not found")
        return self._shown(request, form, found, alone=True)

    def token(self, request: Request, form: Format) -> Response:
        """Give the id behind a token, as soon as a case exists."""
        token = request.path_params["token"]
        post = read.post_record(self.context.ledger, token)
        if post is None or post.source != INBOX:
            raise RefusedRequestError(404, "token was not found")
        if post.case_key is None and post.decision == "no_case":
            raise RefusedRequestError(404, "no case was opened for this request: the council sees nothing to do in it")
        row = {"token": token} if post.case_key is None else {"service_request_id": post.case_key, "token": token}
        return not_stored(form, row)

    def _cases(self, limit: int, offset: int, filters: read.PublishedFilters) -> list[read.PublishedCase]:
        """Query cases of the published topics.

        Examples are shown only while no real source is on and no key exists.
        """
        topics = offered_topics(self.context.city.open311)
        wanted = filters.get("topics")
        hidden = self.context.city.open311.hidden
        filters = {**filters, "topics": topics if wanted is None else wanted, "unless_guessed": hidden}
        sources = self.context.sources.values()
        if self.keys or not any(is_example(one.name) and one.off is None for one in sources):
            filters["example"] = False
        return read.published_cases(self.context.ledger, limit, offset, **filters)

    def _shown(
        self, request: Request, form: Format, cases: list[read.PublishedCase], *, alone: bool = False, link: str = ""
    ) -> Response:
        rows = [request_row(self.context.city, case) for case in cases]
        latest = max((case.updated_at for case in cases), default=None)
        body = write_list(form, rows, "service_requests", "request")
        return published(request, form, body, latest, alone=alone, link=link)
