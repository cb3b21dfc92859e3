"""Answer the read API over HTTP.

JSON and CSV, conditional requests, problem details."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal
from urllib.parse import urlencode

from anyio import CapacityLimiter, to_thread
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import EscuchaError, UnavailableError
from core.records import Record
from core.spreadsheet import csv_line
from core.web.client_address import caller
from pipeline.context import now
from portal.api.access import Access
from portal.api.endpoints import ENDPOINTS, Endpoint
from portal.api.openapi import document
from portal.api.problems import ProblemError, of_validation
from portal.api.queries import Query
from portal.api.reader import Caller, Reader
from portal.api.rows import Listed
from portal.api.typed import with_fields

log = logging.getLogger("escucha")
ROOT = "/api/v1"
Form = Literal["json", "csv"]
TYPES: dict[Form, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
THREADS = 4
"""Answers made at once: the citizens' pages of the same process keep their threads."""
RETRY_S = 30


@dataclass
class ReadApi:
    """Serve the read API; one per process."""

    reader: Reader
    access: Access
    threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))

    def routes(self) -> list[Route]:
        """Return the routes of all endpoints."""
        reading = [Route(f"{ROOT}{one.path}", partial(self._read, one), methods=["GET"]) for one in ENDPOINTS]
        return [*reading, Route(f"{ROOT}/openapi.json", self.openapi, methods=["GET"])]

    @cached_property
    def _document(self) -> bytes:
        return json.dumps(document(self.reader.context), ensure_ascii=False, indent=1).encode()

    def openapi(self, request: Request) -> Response:
        """Return the OpenAPI document; it needs no token."""
        return conditional(request, self._document, TYPES["json"], {"Cache-Control": "public, max-age=300"})

    async def _read(self, endpoint: Endpoint, request: Request) -> Response:
        return await to_thread.run_sync(self._answered, endpoint, request, limiter=self.threads)

    def _answered(self, endpoint: Endpoint, request: Request) -> Response:
        try:
            address = caller(request.client.host if request.client else "")
            token = self.access.enter(request.headers.get("authorization", ""), address, request.scope["scheme"])
            self.access.demand(token, endpoint.scope)
            form = form_of(request, endpoint)
            query = query_of(self.reader, endpoint, {**_single(request), **request.path_params})
            self.access.note(token, "api_read", endpoint.name, asked_for(query))
            found = endpoint.answer(self.reader, Caller(token, now()), query)
            return self._shown(request, endpoint, form, found)
        except EscuchaError as error:
            return problem_of(error).response()

    def _shown(self, request: Request, endpoint: Endpoint, form: Form, found: Record) -> Response:
        headers = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept"}
        if isinstance(found, Listed) and found.next is not None:
            parameters = urlencode({**request.query_params, "after": found.next})
            address = f"{self.reader.context.settings.portal_address}{request.url.path}?{parameters}"
            headers["Link"] = f'<{address}>; rel="next"'
        body = as_csv(endpoint, found) if form == "csv" else found.model_dump_json().encode()
        return conditional(request, body, TYPES[form], headers)


def query_of(reader: Reader, endpoint: Endpoint, given: Mapping[str, object]) -> Query:
    """Check the parameters of a question.

    Raises:
        ProblemError: 400; names each wrong parameter and what is allowed.
    """
    try:
        return endpoint.query.model_validate(with_fields(reader, endpoint.query, given))
    except ValidationError as error:
        raise of_validation(error, endpoint.query.model_fields) from None


def asked_for(query: Query) -> dict[str, object]:
    """Return the filters of a question, for the audit."""
    return query.model_dump(mode="json", exclude_defaults=True, exclude={"after", "limit"})


def form_of(request: Request, endpoint: Endpoint) -> Form:
    """Return the format that is asked for, by `format` or by Accept.

    Raises:
        ProblemError: an unknown format, or CSV of one thing.
    """
    accepted = request.headers.get("accept", "*/*")
    form = request.query_params.get("format", "csv" if accepted.startswith("text/csv") else "json")
    if form == "csv" and endpoint.is_list:
        return "csv"
    if form == "json":
        return "json"
    raise ProblemError("form", "format: json, or csv for lists.")


def as_csv(endpoint: Endpoint, found: Record) -> bytes:
    """Write the rows of a list as CSV, safe in a spreadsheet."""
    names = list(endpoint.row.model_fields)
    rows = found.model_dump(mode="json")["data"]
    lines = [csv_line(names), *(csv_line(row[name] for name in names) for row in rows)]
    return "".join(lines).encode()


def conditional(request: Request, body: bytes, kind: str, headers: Mapping[str, str]) -> Response:
    """Return the body with its ETag, or 304 if known."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers={**headers, "ETag": tag})
    return Response(body, 200, {**headers, "ETag": tag}, kind)


def problem_of(error: EscuchaError) -> ProblemError:
    """Return the problem for the client.

    The texts of other errors are logged only."""
    if isinstance(error, ProblemError):
        return error
    log.warning("portal: %s", error)
    if isinstance(error, UnavailableError):
        return ProblemError("unavailable", f"Ask again in {RETRY_S} seconds.", retry_s=RETRY_S)
    return ProblemError("fault", "The fault is in the log of the portal; ask its operator.")


def _single(request: Request) -> dict[str, str]:
    """Return the parameters of the address, without the format.

    Raises:
        ProblemError: one is given twice, or in the address's path too.
    """
    query = request.query_params
    for name in query:
        if len(query.getlist(name)) > 1 or name in request.path_params:
            raise ProblemError("parameter", f"{name[:60]}: given twice; give it once.", errors={name[:60]: "given twice"})
    return {name: value for name, value in query.items() if name != "format"}
