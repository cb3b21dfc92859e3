"""Limit the size of requests while they arrive.

No unfinished upload can fill memory or disk.
"""

import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import ChangeRefusedError
from desk.rendering import explain_error, page
from pipeline.city.gazetteer_upload import LARGEST, TOO_LARGE

MAX_FORM_BYTES = 100_000
"""Far below the size that is spooled to a temporary file (1 MB)."""
UPLOAD = "/settings/setup/gazetteer/upload"
UPLOADS = {UPLOAD: LARGEST + MAX_FORM_BYTES}
"""Paths that take files, with the most bytes of their forms; what is over 1 MB lies in a temporary file meanwhile."""
OWN_LIMIT = frozenset({"/inbox"})
"""Paths with a separate limit, which is in the profile."""


class BodyLimit:
    """Refuse larger bodies with 413, whatever Content-Length says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`.

        A client that disconnects in the middle gets no answer.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        counted = receive if scope["path"] in OWN_LIMIT else _counting(receive, _claimed(scope), UPLOADS.get(scope["path"], MAX_FORM_BYTES))
        with contextlib.suppress(ClientDisconnect):
            await self.app(scope, counted, send)


def _claimed(scope: Scope) -> int:
    claimed = Request(scope).headers.get("content-length", "0")
    return int(claimed) if claimed.isdecimal() else 0


def _counting(receive: Receive, claimed: int, most: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        if claimed > most:
            raise HTTPException(413)
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413)
        return message

    return counted


async def too_large(request: Request, _error: Exception) -> Response:
    """Return the page for a form that is too large."""
    if request.url.path in UPLOADS:
        message = ChangeRefusedError(TOO_LARGE, most=LARGEST // 1_000_000)
        return page(request, "error.html", status=413, message=explain_error(request, message))
    return page(request, "error.html", status=413, message="This form is too large.")
