"""Run a misbehaving TCP server on loopback.

One server for every kind of client.
"""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

HTTP = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
POISONS = ("refuse", "silence", "drip", "half", "5xx", "bytes", "html", "broken json", "other json", "list", "closed")
"""What a test can ask for; `half` hangs in the middle of a body."""
DRIPS = ("silence", "drip", "half", "drip a length", "drip to the end", "drip and close", "drip tls")
"""Ways to hold a client of HTTP for hours, a byte at a time, which never exceeds its limit from one byte to the next: `drip` from the first
byte of the head on, the others in the body, of a given length, of none, and with `Connection: close`; `drip tls` in the handshake."""
_DRIPPED = {
    "drip": b"",
    "drip a length": b"content-length: 100000\r\n",
    "drip to the end": b"",
    "drip and close": b"content-length: 100000\r\nconnection: close\r\n",
    "drip tls": b"",
}
HANGING = frozenset({"silence", "drip", "half"})
"""Those that only the client's time limit ends."""


def limit_for(poison: str, soon_s: float) -> float:
    """Return a client's time limit, in seconds: short where the server hangs, or a busy machine fails what goes well."""
    return soon_s if poison in HANGING else 30.0


@dataclass
class Toxic:
    """Simulate the fault `poison`, which may be changed while it runs.

    `heal` passes later connections through to `upstream`.
    """

    poison: str
    upstream: int | None = None
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    open: list[socket.socket] = field(default_factory=list)
    firsts: list[bytes] = field(default_factory=list)
    """Answers of the first connections, which are well."""
    hello: bytes = b""
    """Said at once, as mail servers do, before the poison works."""

    def serve(self, listening: socket.socket) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                client, _ = listening.accept()
                self.open.append(client)
                threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.poison == "well" and self.upstream:
                return self.through(client, self.upstream)
            if self.firsts:
                self.heard.append(client.recv(65_536))
                client.sendall(self.firsts.pop(0).replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
                return self.end(client)
            if self.poison == "closed":
                return client.close()
            if self.hello:
                client.sendall(self.hello)
            self.listen(client)
            self.misbehave(client)
        return None

    def listen(self, client: socket.socket) -> None:
        if self.poison not in ("silence", "drip") or not self.hello:
            self.heard.append(client.recv(65_536))

    def until_heard(self, count: int) -> None:
        """Wait for so many requests: who gave up on one may be ahead of the server."""
        until = time.monotonic() + 30
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.01)

    def misbehave(self, client: socket.socket) -> None:
        answers: dict[str, Callable[[], bytes]] = {
            "5xx": lambda: b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno",
            "bytes": lambda: random.Random(7).randbytes(3000),  # noqa: S311
            "html": lambda: b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 21\r\n\r\n<html>log in!</html>\n",
            "broken json": lambda: HTTP % (9, b'{"a": [1,'),
            "other json": lambda: HTTP % (11, b'{"pets": 1}'),
            "list": lambda: HTTP % (9, b'["a", 12]'),
            "half": lambda: HTTP[:-2] % 1000 + b'{"version": {"num',
        }
        if self.poison in ("silence", "freeze"):
            self.stopped.wait()
        elif self.poison in _DRIPPED:
            self.drip(client)
        elif self.poison == "flood":
            client.sendall(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n["')
            while not self.stopped.is_set():
                client.sendall(b"a" * 65_536)
        else:
            client.sendall(answers[self.poison]())
            if self.poison == "half":
                self.stopped.wait()
            else:
                self.end(client)

    def end(self, client: socket.socket) -> None:
        """Close after the other side: closing first could reset the connection before the answer is read."""
        client.shutdown(socket.SHUT_WR)
        client.settimeout(1)
        with contextlib.suppress(OSError):
            while client.recv(65_536):
                pass
        client.close()

    def drip(self, client: socket.socket) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + _DRIPPED[self.poison] + b"\r\n"
        if self.poison == "drip tls":
            head = b"\x16\x03\x03\x3f\xff"  # the rest of this record is awaited
        elif self.poison != "drip":
            client.sendall(head)
            head = b""
        for byte in head + b" " * 100_000:
            if self.stopped.is_set():
                return
            client.sendall(bytes([byte]))
            time.sleep(0.1)

    def through(self, client: socket.socket, port: int) -> None:
        """Forward until the poison is changed to `freeze`.

        Both sides then stay open and nothing is forwarded any more.
        """
        server = socket.create_connection(("127.0.0.1", port))
        self.open.append(server)
        threading.Thread(target=self.copy, args=(server, client), daemon=True).start()
        self.copy(client, server)

    def copy(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                while self.poison == "freeze" and not self.stopped.is_set():
                    time.sleep(0.02)
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def toxic(poison: str, upstream: int | None = None, hello: bytes = b"") -> Iterator[Toxic]:
    """Run the server."""
    server = Toxic(poison, upstream, hello=hello)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server.port = listening.getsockname()[1]
        if poison != "refuse":  # bound and not listening: the machine refuses
            listening.listen(50)
            listening.settimeout(0.1)
            threading.Thread(target=server.serve, args=(listening,), daemon=True).start()
        try:
            yield server
        finally:
            server.stopped.set()
            for one in server.open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
                one.close()
