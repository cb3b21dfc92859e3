"""Add headers to every response, errors and files included."""

from collections.abc import Mapping
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = {"Strict-Transport-Security": "max-age=31536000"}
"""Sent only where the pages are reached by https."""


class SecurityHeaders:
    """Add headers that a response lacks, as ASGI middleware."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, partial(_send_with_headers, self.headers, send))


async def _send_with_headers(headers: Mapping[str, str], send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        present = {name.lower() for name, _ in message["headers"]}
        extra = [(k.lower().encode(), v.encode()) for k, v in headers.items() if k.lower().encode() not in present]
        message["headers"] = [*message["headers"], *extra]
    await send(message)
