"""Kill a client in the middle of a request, from a proxy.

The moments a client cannot kill itself at: its request is on the way, or was accepted and the response is on the way.
"""

import http.client
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

from tests.support.stubs.between import EveryMethodHandler
from tests.support.stubs.server import Reply, Request, Stub

Moment = Literal["on_its_way", "accepted"]
IDLE = "/escucha-test-idle"
IDLE_S = 300.0
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server", "accept-encoding"}
"""Headers of one connection: the proxy writes its own, and reads what the server says."""


class _Handler(EveryMethodHandler):
    do_OPTIONS = EveryMethodHandler.handle_any  # noqa: N815


class KillProxy(Stub):
    """Pass everything on; kill the client at its n-th writing request."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.real, self.open, self.lock = urlsplit(url), 0, threading.Lock()
        self.victim: tuple[int, Moment, int] | None = None
        self.hides_address = False
        """Whether responses name the proxy where the server names itself: a client would go round the proxy."""
        accept, release = self.server.process_request, self.server.shutdown_request

        def counted(request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
            self._count(1)
            accept(request, client_address)

        def uncounted(request: socket.socket | tuple[bytes, socket.socket]) -> None:
            release(request)
            self._count(-1)

        self.server.process_request, self.server.shutdown_request = counted, uncounted  # type: ignore[method-assign]
        self.server.RequestHandlerClass = _Handler

    def arm(self, pid: int, moment: Moment, nth: int) -> None:
        """Kill this client at its n-th request that writes."""
        self.victim = (pid, moment, nth)

    def answer(self, request: Request) -> Reply:
        if request.path == IDLE:
            return Reply({})
        if len(request.body) < int(request.headers.get("Content-Length") or 0):
            return Reply(cut=True)  # the client died while it sent: no server acts on half a request
        nth = self._writing(request)
        self._strike("on_its_way", nth)
        reply = self._pass_on(request)
        self._strike("accepted", nth)
        return reply

    def wait_until_idle(self) -> None:
        """Wait until the server has carried out every request of dead clients.

        A lease does this in production: nothing is tried again before it ends.
        """
        with socket.create_connection(("127.0.0.1", self.port)) as last:  # accepted after all that came before it
            last.sendall(f"GET {IDLE} HTTP/1.1\r\nHost: idle\r\nConnection: close\r\n\r\n".encode())
            while last.recv(4096):
                pass
        until = time.monotonic() + IDLE_S
        while self.open:
            assert time.monotonic() < until, f"{self.open} connections still open after {IDLE_S:g} s"
            time.sleep(0.002)
        self.victim = None
        self.requests.clear()

    def _count(self, change: int) -> None:
        with self.lock:
            self.open += change

    def _writing(self, request: Request) -> int:
        """Count down to the request at which the client is killed.

        1: this is the one; 0: it only reads.
        """
        with self.lock:
            if self.victim is None or not _writes(request):
                return 0
            pid, moment, nth = self.victim
            self.victim = (pid, moment, nth - 1)
            return nth

    def _strike(self, moment: Moment, nth: int) -> None:
        if nth == 1 and self.victim is not None and self.victim[1] == moment:
            with suppress(ProcessLookupError):
                os.kill(self.victim[0], signal.SIGKILL)

    def _pass_on(self, request: Request) -> Reply:
        """Send the request on a new connection.

        The client's is cut where the server cuts ours.
        """
        query = urlencode(request.lists, doseq=True)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        line = http.client.HTTPConnection(str(self.real.hostname), self.real.port, timeout=60)
        try:
            target = f"{request.path}?{query}" if query else request.path
            line.request(request.method, target, request.body or None, headers | {"Connection": "close"})
            got = line.getresponse()
            body = got.read()
            if self.hides_address:
                body = body.replace(self.real.geturl().encode(), self.url.encode())
        except (OSError, http.client.HTTPException):
            return Reply(cut=True)
        finally:
            line.close()
        return Reply(body, got.status, {name.title(): value for name, value in got.getheaders() if name.lower() not in HOP})


def _writes(request: Request) -> bool:
    """Tell whether a request publishes or changes something; a sign-in does not."""
    return request.method in ("POST", "PUT", "PATCH") and "server.createSession" not in request.path
