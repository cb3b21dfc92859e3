"""Build responses: cache headers, conditional requests, lists of errors."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.errors import EscuchaError, UnavailableError
from core.text import one_line
from core.web.client_address import caller
from portal.open311.formats import TYPES, Format, Row, write_list

log = logging.getLogger("escucha")

FRESH_S = 60
RETRY_S = 60
LONGEST_ERROR = 300
OPEN_TO_PAGES = {"Access-Control-Allow-Origin": "*"}
"""Pages of other sites may read what everybody may read."""


class RefusedRequestError(EscuchaError):
    """Refuse a request with an HTTP status and one or more descriptions."""

    def __init__(self, status: int, *descriptions: str) -> None:
        super().__init__("; ".join(descriptions))
        self.status = status
        self.descriptions = descriptions


def refusal(form: Format, status: int, *descriptions: str) -> Response:
    """Return the standard's list of errors, each in one line."""
    rows: list[Row] = [{"code": status, "description": one_line(one)[:LONGEST_ERROR]} for one in descriptions]
    headers = {"Cache-Control": "no-store", **OPEN_TO_PAGES}
    if status in (429, 503):
        headers["Retry-After"] = str(RETRY_S)
    return Response(write_list(form, rows, "errors", "error"), status, headers, TYPES[form])


def published(
    request: Request, form: Format, body: bytes, changed_at: datetime | None = None, *, alone: bool = False, link: str = ""
) -> Response:
    """Return a public response, or 304 when the client has it already.

    Args:
        request: the request, with its conditions.
        form: format of the body.
        body: what to return.
        changed_at: latest change of what is shown; None: unknown.
        alone: the body is one thing that changes only with `changed_at`: If-Modified-Since counts, too. A list may lose a row without it.
        link: value of the Link header; empty: none.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={FRESH_S}", **OPEN_TO_PAGES}
    if changed_at is not None:
        headers["Last-Modified"] = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    if link:
        headers["Link"] = link
    if _has_it(request, tag, changed_at if alone else None):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=TYPES[form])


def _has_it(request: Request, tag: str, changed_at: datetime | None) -> bool:
    if "if-none-match" in request.headers:
        given = [one.strip().removeprefix("W/") for one in request.headers["if-none-match"].split(",")]
        return tag in given or given == ["*"]
    since = request.headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        return changed_at.replace(microsecond=0) <= parsedate_to_datetime(since).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return False


def not_stored(form: Format, rows: Sequence[Row], wrapper: str = "service_requests", item: str = "request") -> Response:
    """Return an answer for one client alone, which no cache keeps."""
    return Response(write_list(form, rows, wrapper, item), 200, {"Cache-Control": "no-store"}, TYPES[form])


def refused(form: Format, error: EscuchaError) -> Response:
    """Return the response for an error.

    Only refusals of the request are explained; others are logged, for their texts may name our servers.
    """
    if isinstance(error, RefusedRequestError):
        return refusal(form, error.status, *error.descriptions)
    log.warning("portal: %s", error)
    status = 503 if isinstance(error, UnavailableError) else 500
    return refusal(form, status, "the server cannot answer now: try again later")


def form_of(request: Request) -> Format:
    """Return the format that an address ends with; JSON for any other."""
    return "xml" if request.url.path.endswith(".xml") else "json"


def caller_of(request: Request) -> str:
    """Return the key by which limits count the client."""
    return caller(request.client.host if request.client else "")


def check_address(city: City, request: Request, jurisdiction: str) -> None:
    """Refuse an unknown format or another city's jurisdiction.

    Raises:
        RefusedRequestError: 404.
    """
    given, ours = request.path_params["form"], city.open311.jurisdiction_id
    if given not in TYPES:
        raise RefusedRequestError(404, f"there is no format {given[:20]}: ask for .json or .xml")
    if ours and jurisdiction and jurisdiction != ours:
        raise RefusedRequestError(404, f"jurisdiction_id was not found; this server is {ours}")
