"""Answer each address of GeoReport v2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import EscuchaError
from core.web.rate_limits import RateLimit
from ledger import read
from pipeline.context import Context, now
from pipeline.steps.receive import INBOX
from portal.open311.access import Senders
from portal.open311.answers import RefusedRequestError, caller_of, check_address, form_of, not_stored, published, refused
from portal.open311.creation import Creation
from portal.open311.formats import Format, Row, write_list, write_object
from portal.open311.keys import Key
from portal.open311.listing import Listing
from portal.open311.own_requests import find_own, own_row
from portal.open311.query import read_filters, read_nearby, read_page, several
from portal.open311.requests import request_row
from portal.open311.services import definition_row, offered_topics, service_row, topics_of_codes
from portal.open311.updates import Updates

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

    def __post_init__(self) -> None:
        self.senders = Senders(self.keys)
        self.listing = Listing(self.context, bool(self.keys))
        self.updates = Updates(self.context, self.senders, self.listing)

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
            "/v2/servicerequestupdates": self.updates.listed,
        }
        routes = [Route(f"{ROOT}{path}.{{form}}", partial(self._read, answer), methods=["GET"]) for path, answer in reading.items()]
        return [
            *routes,
            Route(f"{ROOT}/v2/requests.{{form}}", Creation(self.context, self.senders).handle, methods=["POST"]),
            Route(f"{ROOT}/v2/servicerequestupdates.{{form}}", self.updates.handle, methods=["POST"]),
        ]

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
            "specification": SPECIFICATION,
            "url": url,
            "changeset": DISCOVERY_CHANGED,
            "type": "production",
            "formats": ["text/xml", "application/json"],
        }
        row: Row = {
            "changeset": DISCOVERY_CHANGED,
            "contact": f"{city.notice.controller}, {city.notice.contact}",
            "key_service": city.notice.contact if self.keys else "",
            "endpoints": [endpoint],
        }
        return published(request, form, write_object(form, row, "discovery"))

    def services(self, request: Request, form: Format) -> Response:
        """List the services."""
        rows = [service_row(self.context.city, topic) for topic in offered_topics(self.context.city.open311)]
        return published(request, form, write_list(form, rows, "services", "service"))

    def definition(self, request: Request, form: Format) -> Response:
        """Define one service."""
        (topic,) = topics_of_codes(self.context.city.open311, [request.path_params["code"]])
        return published(request, form, write_object(form, definition_row(self.context.city, topic), "service_definition"))

    def requests(self, request: Request, form: Format) -> Response:
        """List requests, newest first, page by page.

        `service_request_id` overrides all other filters.
        """
        query, city = request.query_params, self.context.city
        if "service_request_id" in query:
            return self._shown(request, form, self._by_ids(several(query, "service_request_id")))
        page, nearby = read_page(query), read_nearby(query)
        filters = read_filters(query, city.open311, city.zone, now())
        found = self.listing.cases(page.size + 1, page.offset, filters, nearby)
        link = ""
        if len(found) > page.size and "start" not in query:
            following = request.url.include_query_params(page=page.number + 1)
            link = f'<{self.context.settings.portal_address}{following.path}?{following.query}>; rel="next"'
        return self._shown(request, form, [request_row(city, case) for case in found[: page.size]], link=link)

    def request(self, request: Request, form: Format) -> Response:
        """Show one request, by its case's number or its own."""
        number = request.path_params["number"]
        cases = self.listing.cases(1, 0, {"keys": [number]})
        if cases:
            return self._shown(request, form, [request_row(self.context.city, cases[0])], alone=True)
        receipt = find_own(self.context, number)
        if receipt is None:
            raise RefusedRequestError(404, "service_request_id was not found")
        return self._shown(request, form, [own_row(self.context, receipt)])

    def token(self, request: Request, form: Format) -> Response:
        """Give the id behind a token.

        Earlier versions gave tokens: no id existed before there was a case.
        """
        token = request.path_params["token"]
        post = read.post_record(self.context.ledger, token)
        if post is None or post.source != INBOX:
            raise RefusedRequestError(404, "token was not found")
        if post.case_key is None and post.decision == "no_case":
            raise RefusedRequestError(404, "no case was opened for this request: the council sees nothing to do in it")
        row: Row = {"token": token} if post.case_key is None else {"service_request_id": post.case_key, "token": token}
        return not_stored(form, [row])

    def _by_ids(self, ids: Sequence[str]) -> list[Row]:
        """Return the rows of these cases and requests, cases newest first."""
        cases = self.listing.cases(len(ids), 0, {"keys": ids})
        rows = [request_row(self.context.city, case) for case in cases]
        known = {case.case_key for case in cases}
        own = (find_own(self.context, one) for one in dict.fromkeys(ids) if one not in known)
        return rows + [own_row(self.context, receipt) for receipt in own if receipt is not None]

    def _shown(self, request: Request, form: Format, rows: Sequence[Row], *, alone: bool = False, link: str = "") -> Response:
        latest = max((datetime.fromisoformat(str(row["updated_datetime"])) for row in rows), default=None)
        body = write_list(form, rows, "service_requests", "request")
        return published(request, form, body, latest, alone=alone, link=link)
