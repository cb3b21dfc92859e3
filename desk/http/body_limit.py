"""How much a request may carry: counted as it arrives, so that no unfinished upload fills memory or disk."""

import contextlib

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.rendering import page

MAX_FORM_BYTES = 100_000
"""Far below what starts a temporary file (1 MB)."""
OWN_LIMIT = frozenset({"/inbox"})
"""Counts by itself: its limit is in the profile."""


class BodyLimit:
    """ASGI middleware: refuse a larger body with 413, whatever length it claims to have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a counting `receive`; a client that leaves in the middle gets no answer."""
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
    """Say that the form is too large."""
    return page(request, "wrong.html", status=413, words="This form is too large.")
