"""Limit HTTP connections: their number, request time and size."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.config.settings import Network
from core.web.client_address import MAX_HEADER_BYTES, caller, is_trusted

MAX_CONNECTIONS = 256
"""Limit in total; systemd allows a program 1,024 open files."""
MAX_PER_ADDRESS = 64
"""Limit per client; a trusted proxy carries all clients and is not counted."""
HEADERS_WITHIN_S = 10.0
BODY_WITHIN_S = 10.0
IGNORED_BYTES = 1_000_000
"""Bytes that a client may still send after its request was answered, so that it can read the answer."""
ANSWER_STALLS_S = 30.0
"""A client that reads nothing of its response for this long is disconnected."""

TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

log = logging.getLogger("escucha")


class LimitedConnection(H11Protocol):
    """Add deadlines to uvicorn's connection.

    h11 itself stops reading headers that are too large.
    """

    trusted: Sequence[Network] = ()
    _phase = ""
    _ignored = 0
    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Accept the connection, or answer 503 when there are too many."""
        super().connection_made(transport)
        if self._too_many():
            transport.write(TOO_MANY)
            transport.close()
            return
        self._set_deadline("headers", HEADERS_WITHIN_S)

    def data_received(self, data: bytes) -> None:
        """Process data, then update the deadline."""
        super().data_received(data)
        if self.cycle is not None and self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY:
            self._ignored += len(data)
            if self._ignored > IGNORED_BYTES:
                self.transport.abort()
        self._update_deadline()

    def send_400_response(self, msg: str) -> None:
        """Refuse a body that is not HTTP, also while it is answered."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # its answer has no reader: uvicorn would fail on each part of it
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Continue with a pipelined request."""
        super().on_response_complete()
        self._update_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadlines."""
        self._set_deadline("", 0)
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start a deadline while the client does not read the response."""
        super().pause_writing()
        self._stall = self.loop.call_later(ANSWER_STALLS_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Cancel that deadline when the client reads again."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()

    def _too_many(self) -> bool:
        if len(self.connections) > MAX_CONNECTIONS:
            return True
        if self.client is None or is_trusted(self.client[0], self.trusted):
            return False
        key = caller(self.client[0])
        others: Any = self.connections
        return sum(one.client is not None and caller(one.client[0]) == key for one in others) > MAX_PER_ADDRESS

    def _update_deadline(self) -> None:
        """Set the deadline of the awaited part of the request.

        Later bytes do not extend it.
        """
        state = self.conn.their_state
        if state is h11.IDLE and self.conn.trailing_data[0]:
            self._set_deadline("headers", HEADERS_WITHIN_S)
        elif state is h11.SEND_BODY:
            self._set_deadline("body", BODY_WITHIN_S)
        elif state is not h11.IDLE or self.timeout_keep_alive_task is not None:
            self._set_deadline("", 0)  # complete, or uvicorn's keep-alive timeout is running

    def _set_deadline(self, phase: str, seconds: float) -> None:
        if phase == self._phase:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._phase = phase
        self._deadline = self.loop.call_later(seconds, self._time_out) if phase else None

    def _time_out(self) -> None:
        log.info("web: a client did not send the %s of its request in time", self._phase)
        if self._phase == "headers" and not self.transport.is_closing():
            self.transport.write(TIMED_OUT)
            self.transport.close()
        else:
            self.transport.abort()


def server_config(app: ASGIApp, host: str, port: int, trusted: Sequence[Network] = ()) -> uvicorn.Config:
    """Configure uvicorn with our limits and without web sockets.

    It must ignore X-Forwarded-For, which core/web/client_address.py evaluates.
    """
    connection = type("OurConnection", (LimitedConnection,), {"trusted": trusted})
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=3,
        proxy_headers=False,
        ws="none",
        http=connection,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        backlog=512,
    )
