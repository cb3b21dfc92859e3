"""Limit the size of requests while they arrive.

No unfinished upload can fill memory or disk.
"""

import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.rendering import page

MAX_FORM_BYTES = 100_000
"""Far below the size that is spooled to a temporary file (1 MB)."""
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
        counted = receive if scope["path"] in OWN_LIMIT else _counting(receive, _claimed(scope))
        with contextlib.suppress(ClientDisconnect):
            await self.app(scope, counted, send)


def _claimed(scope: Scope) -> int:
    claimed = Request(scope).headers.get("content-length", "0")
    return int(claimed) if claimed.isdecimal() else 0


def _counting(receive: Receive, claimed: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        if claimed > MAX_FORM_BYTES:
            raise HTTPException(413)
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_FORM_BYTES:
            raise HTTPException(413)
        return message

    return counted


async def too_large(request: Request, _error: Exception) -> Response:
    """Return the page for a form that is too large."""
    return page(request, "error.html", status=413, message="This form is too large.")
