"""A client may leave at any moment: no server of ours ends by it, and it answers the next one."""

import contextlib
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from core.config.settings import Settings
from core.runtime.stdio import LEFT
from search.connection import embedded
from search.connection.token_proxy import TOKEN_HEADER
from tests.support.deployment import ROOT, escucha
from tests.support.served import desk_environment, serve

VISITS = 500
"""Connections opened and dropped on each server, the ways below in turn."""
PIPELINED = 8

Visit = Callable[[socket.socket, bytes], None]


def _says_nothing(line: socket.socket, request: bytes) -> None:
    """Connect and leave."""


def _leaves_in_its_head(line: socket.socket, request: bytes) -> None:
    line.sendall(request[: len(request) // 2])


def _leaves_in_its_body(line: socket.socket, request: bytes) -> None:
    line.sendall(request.replace(b"GET ", b"POST ", 1).replace(b"\r\n\r\n", b"\r\nContent-Length: 5000\r\n\r\nname=", 1))


def _breaks_its_body(line: socket.socket, request: bytes) -> None:
    line.sendall(request.replace(b"GET ", b"POST ", 1).replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\nno length\r\n", 1))


def _waits_for_no_answer(line: socket.socket, request: bytes) -> None:
    line.sendall(request)


def _leaves_in_the_answer(line: socket.socket, request: bytes) -> None:
    line.sendall(request)
    line.recv(1)


def _sends_eight_at_once(line: socket.socket, request: bytes) -> None:
    line.sendall(request * PIPELINED)


def _reads_one_of_eight(line: socket.socket, request: bytes) -> None:
    line.sendall(request * PIPELINED)
    line.recv(1)


def _closes_its_half(line: socket.socket, request: bytes) -> None:
    line.sendall(request * PIPELINED)
    line.shutdown(socket.SHUT_WR)
    line.recv(1)


def _resets(line: socket.socket, request: bytes) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.sendall(request * PIPELINED)


WAYS: tuple[Visit, ...] = (
    _says_nothing,
    _leaves_in_its_head,
    _leaves_in_its_body,
    _breaks_its_body,
    _waits_for_no_answer,
    _leaves_in_the_answer,
    _sends_eight_at_once,
    _reads_one_of_eight,
    _closes_its_half,
    _resets,
)


def drop_connections(port: int, requests: list[bytes]) -> None:
    """Open and drop `VISITS` connections, in every way and with every request in turn."""
    for number in range(VISITS):
        with contextlib.suppress(ConnectionResetError), socket.create_connection(("127.0.0.1", port), 60) as line:
            WAYS[number % len(WAYS)](line, requests[number // len(WAYS) % len(requests)])
        time.sleep(0.002)  # so that answers to the one before meet a closed connection


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


@pytest.mark.parametrize(
    ("command", "paths"), [("desk", ["/alive", "/login", "/posts"]), ("portal", ["/alive", "/report", "/open311/v2/services.json", "/mcp"])]
)
def test_desk_and_portal_outlive_clients_that_leave(tmp_path: Path, command: str, paths: list[str]) -> None:
    with serve(tmp_path, command) as served:
        drop_connections(served.port, [get(path) for path in paths])
        assert served.process.is_running(), served.said()
        assert served.process.status() != psutil.STATUS_ZOMBIE, served.said()
        assert httpx.get(f"{served.address}/alive", timeout=60, trust_env=False).status_code == 200
        assert "Traceback" not in served.said()


def test_the_doorkeeper_of_the_embedded_engine_outlives_them_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    found = embedded.start(settings)
    try:
        token = f"{TOKEN_HEADER}: {found.token}"
        drop_connections(int(found.url.rpartition(":")[2]), [get("/"), get("/", token), get("/_cat/indices", token)])
        assert embedded.running(settings) == found
        answer = httpx.get(found.url, headers={TOKEN_HEADER: found.token}, timeout=60, trust_env=False)
        assert answer.json()["version"]["build_hash"] == "osmem"
    finally:
        embedded.stop(settings)


@pytest.mark.parametrize("way", ["reads nothing", "leaves in a message"])
def test_an_assistant_that_leaves_ends_its_own_mcp_quietly(tmp_path: Path, way: str) -> None:
    env = desk_environment(tmp_path)
    made = escucha("token", "make", "assistant", "--scope", "posts", env=env).stdout.decode()
    env |= {"ESCUCHA_API_TOKEN": made.strip().rpartition(": ")[2]}
    command = [sys.executable, "-m", "escucha.cli", "mcp"]
    ping = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
    with subprocess.Popen(command, env=env, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1) as mcp:
        assert mcp.stdin
        assert mcp.stdout
        assert mcp.stderr
        mcp.stdin.write(ping)
        mcp.stdin.flush()
        assert mcp.stdout.readline() == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
        if way == "reads nothing":
            mcp.stdout.close()
            mcp.stdin.write(ping)
        else:
            mcp.stdin.write(ping[:20])
        mcp.stdin.close()
        assert mcp.wait(60) == (LEFT if way == "reads nothing" else 0)
        assert mcp.stderr.read() == b""
