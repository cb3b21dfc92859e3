"""One HTTP connection of the desk, within limits: how many there are, how long a request may take to arrive, how large it may be."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from core.config.settings import Network, Settings
from desk.http.client_address import MAX_HEADER_BYTES, caller, is_trusted

MAX_CONNECTIONS = 256
"""In all; systemd gives a program 1,024 files."""
MAX_OF_ONE_ADDRESS = 64
"""A named proxy carries everybody and is not counted."""
HEADERS_WITHIN_S = 10.0
BODY_WITHIN_S = 10.0
IGNORED_BYTES = 1_000_000
"""What a client may still send of a request that is answered already, so that it gets to read the answer."""
ANSWER_STALLS_S = 30.0
"""A client that takes nothing of its answer for this long is dropped."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

log = logging.getLogger("escucha")


class LimitedConnection(H11Protocol):
    """uvicorn's connection with deadlines. h11 itself stops reading headers that grow too large."""

    trusted: Sequence[Network] = ()
    _phase = ""
    _ignored = 0
    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Admit the connection, or say at once that there are too many."""
        super().connection_made(transport)
        if self._too_many():
            transport.write(BUSY)
            transport.close()
            return
        self._expect("headers", HEADERS_WITHIN_S)

    def data_received(self, data: bytes) -> None:
        """Read, then see which part of the request is awaited now."""
        super().data_received(data)
        if self.cycle is not None and self.cycle.response_complete and self.conn.their_state is h11.SEND_BODY:
            self._ignored += len(data)
            if self._ignored > IGNORED_BYTES:
                self.transport.abort()
        self._see()

    def on_response_complete(self) -> None:
        """Go on to a request that was sent behind the last one."""
        super().on_response_complete()
        self._see()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._expect("", 0)
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client takes nothing: for a while only."""
        super().pause_writing()
        self._stall = self.loop.call_later(ANSWER_STALLS_S, self.transport.abort)

    def resume_writing(self) -> None:
        """The client takes its answer again."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()

    def _too_many(self) -> bool:
        if len(self.connections) > MAX_CONNECTIONS:
            return True
        if self.client is None or is_trusted(self.client[0], self.trusted):
            return False
        mine = caller(self.client[0])
        others: Any = self.connections
        return sum(one.client is not None and caller(one.client[0]) == mine for one in others) > MAX_OF_ONE_ADDRESS

    def _see(self) -> None:
        """Set the deadline of what is awaited; a deadline once set is not moved by bytes that drip in."""
        state = self.conn.their_state
        if state is h11.IDLE and self.conn.trailing_data[0]:
            self._expect("headers", HEADERS_WITHIN_S)
        elif state is h11.SEND_BODY:
            self._expect("body", BODY_WITHIN_S)
        elif state is not h11.IDLE or self.timeout_keep_alive_task is not None:
            self._expect("", 0)  # all is here, or uvicorn's own keep-alive time runs

    def _expect(self, phase: str, seconds: float) -> None:
        if phase == self._phase:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._phase = phase
        self._deadline = self.loop.call_later(seconds, self._late) if phase else None

    def _late(self) -> None:
        log.info("desk: a client did not send the %s of its request in time", self._phase)
        if self._phase == "headers" and not self.transport.is_closing():
            self.transport.write(LATE)
            self.transport.close()
        else:
            self.transport.abort()


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Configure uvicorn: our limits, no web sockets, and no trust in anybody's X-Forwarded-For (desk/http/client_address.py reads it)."""
    connection = type("DeskConnection", (LimitedConnection,), {"trusted": settings.trusted_networks})
    return uvicorn.Config(
        app, host=settings.desk_host, port=settings.desk_port, log_level="error", access_log=False, server_header=False,
        date_header=True, timeout_graceful_shutdown=3, proxy_headers=False, ws="none", http=connection,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES, backlog=512,
    )  # fmt: skip
