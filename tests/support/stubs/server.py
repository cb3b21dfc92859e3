"""Script a web server on loopback, request by request."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

DRIP_S = 0.05
"""Seconds between two bytes of a dripping response."""


@dataclass
class Request:
    """Hold a request of the client."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    lists: dict[str, list[str]]
    """The query with all values of each name."""


@dataclass
class Reply:
    """Describe a response; `cut` closes the connection without one."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    delay: float = 0.0
    """Seconds of silence before it."""
    drip: bool = False
    """Send the body byte by byte, slower than any client should wait."""

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def pause(seconds: float) -> None:
    """Wait without `time.sleep`, which tests forbid to the code under test."""
    threading.Event().wait(seconds)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    """Head and body leave together: apart, the second waits 40 ms for the client's acknowledgement."""

    def handle_any(self) -> None:
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        lists = parse_qs(parts.query, keep_blank_values=True)
        query = {key: values[-1] for key, values in lists.items()}
        headers = {name.title(): value for name, value in self.headers.items()}
        request = Request(self.command, parts.path, query, headers, body, lists)
        stub.requests.append(request)
        reply = stub.answer(request)
        if reply.cut:
            # linger 0: the client sees a reset, as from a broken line
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        if self.server.stub.renamed and isinstance(reply.body, dict | list):  # type: ignore[attr-defined]
            reply = Reply(renamed(reply.body, self.server.stub.renamed), reply.status, reply.headers)  # type: ignore[attr-defined]
        if reply.delay:
            pause(reply.delay)
        payload = reply.payload()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.headers.pop("Content-Type", "application/json"))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")  # or the client would use the line again, and find it cut
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        for part in [payload[n : n + 1] for n in range(len(payload))] if reply.drip else [payload]:
            self.wfile.write(part)
            if reply.drip:
                self.wfile.flush()
                pause(DRIP_S)

    do_GET = do_POST = handle_any  # noqa: N815 (http.server looks for these names)

    def log_message(self, format: str, *args: object) -> None:
        pass


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Rename fields of JSON at any depth."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(inner, names) for key, inner in value.items()}
    return [renamed(inner, names) for inner in value] if isinstance(value, list) else value


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that hangs up, or a line we cut ourselves, is part of the tests


class Stub:
    """Run a server; subclasses implement `answer`.

    `url` is its address, `requests` what it received, `renamed` the new names of its fields.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.renamed: dict[str, str] = {}
        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.server.stub = self  # type: ignore[attr-defined]
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


Fault = Callable[[Request], Reply]
