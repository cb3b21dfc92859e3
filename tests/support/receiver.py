"""Run a webhook receiver on the loopback that misbehaves as a test wants."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Taken:
    """Hold one request as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Behaviour = Callable[["Handler", int], None]
"""Answers the n-th request, counted from 1."""


@dataclass
class Receiver:
    """Hold what a receiver took, and how it answers."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    behaviour: Behaviour | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def types(self) -> list[str]:
        return [str(one.event["type"]) for one in self.taken]


class Handler(BaseHTTPRequestHandler):
    """Take a request, then behave."""

    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.receiver.lock:
            self.receiver.taken.append(Taken({name.lower(): value for name, value in self.headers.items()}, body))
            number = len(self.receiver.taken)
        with suppress(OSError):
            (self.receiver.behaviour or accept)(self, number)

    def log_message(self, *_: object) -> None:
        """Be silent."""


def accept(handler: Handler, _number: int) -> None:
    answer(204)(handler, 1)


def answer(status: int, **headers: str) -> Behaviour:
    def behave(handler: Handler, _number: int) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


def first(count: int, bad: Behaviour) -> Behaviour:
    """Misbehave for the first requests, and accept the others."""
    return lambda handler, number: (bad if number <= count else accept)(handler, number)


def drop(handler: Handler, _number: int) -> None:
    """Close the connection without a response."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def garbage(handler: Handler, _number: int) -> None:
    handler.connection.sendall(b"\x00\xff<html>not http\r\n\r\n" * 20)
    drop(handler, _number)


def drip(handler: Handler, _number: int) -> None:
    """Send a response one byte at a time, without end."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 4_000:
        handler.connection.sendall(bytes([byte]))
        time.sleep(0.05)


def hang(handler: Handler, _number: int) -> None:
    """Say nothing until the other side gives up."""
    handler.connection.settimeout(30)
    handler.connection.recv(1)


def flood(handler: Handler, _number: int) -> None:
    """Accept with a body that does not end."""
    handler.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        handler.connection.sendall(b"x" * 65_536)


@contextmanager
def receiver(behaviour: Behaviour | None = None) -> Iterator[Receiver]:
    """Run a receiver until the end of the block."""
    held = Receiver(behaviour=behaviour)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"receiver": held}))
    server.daemon_threads = True
    held.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
