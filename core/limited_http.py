"""Send requests with httpx, each limited in total time and size.

httpx itself limits only the time from one byte to the next.
"""

import socket
from typing import Any

import httpx

from core.runtime.deadline import OverTimeError, cut_off

MAX_BYTES = 8 * 2**20
"""The largest answer that is read, unpacked."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Failures before the first byte of the request was sent; after any other the server may have acted."""


class OversizedAnswerError(httpx.RequestError):
    """Stop reading an answer larger than the limit."""


class Sockets:
    """Note the sockets of a client, to shut them down."""

    def __init__(self) -> None:
        self.noted: list[socket.socket] = []

    def note(self, event: str, details: dict[str, Any]) -> None:
        """Follow the connections of a request: the extension `trace` of httpx."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.noted = [*self.noted[-9:], details["return_value"].get_extra_info("socket")]


class LimitedClient(httpx.Client):
    """Read each answer whole, within `whole_s` seconds and `max_bytes`.

    From the first connection to the last byte.
    """

    def __init__(self, whole_s: float, max_bytes: int = MAX_BYTES, **more: Any) -> None:
        super().__init__(**{"timeout": whole_s, **more})
        self.whole_s, self.max_bytes, self._sockets = whole_s, max_bytes, Sockets()

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """Send a request and read its whole answer.

        Raises:
            httpx.ReadTimeout: the answer is not complete in time.
            OversizedAnswerError: it is too large.
        """
        request.extensions = {**request.extensions, "trace": self._sockets.note}
        with cut_off(self.whole_s, lambda: self._sockets.noted) as cut:
            try:
                more["stream"] = True
                answer = self._read(super().send(request, **more), request, cut.in_time)
            except (httpx.RequestError, OverTimeError) as error:
                if cut.happened and not isinstance(error, NOT_SENT):
                    raise self._too_slow(request) from error
                raise
        if cut.happened:  # an answer without a length ends where the connection was cut
            raise self._too_slow(request)
        return answer

    def _too_slow(self, request: httpx.Request) -> httpx.ReadTimeout:
        return httpx.ReadTimeout(f"no whole answer within {self.whole_s:g} s", request=request)

    def _read(self, answer: httpx.Response, request: httpx.Request, in_time: Any) -> httpx.Response:
        content = bytearray()
        try:
            for part in in_time(answer.iter_bytes()):
                content += part
                if len(content) > self.max_bytes:
                    raise OversizedAnswerError(f"the answer is larger than {self.max_bytes:,} bytes", request=request)
        finally:
            answer.close()
        packing = ("content-encoding", "content-length", "transfer-encoding")
        headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in packing]
        return httpx.Response(answer.status_code, headers=headers, content=bytes(content), request=request)
