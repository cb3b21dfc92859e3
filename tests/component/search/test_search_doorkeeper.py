"""The embedded engine obeys nobody without its token: not a page of a foreign site, not by another name, not by a lucky request."""

import contextlib
import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.config.settings import Settings
from core.errors import UnavailableError
from search.connection import pidfile
from search.connection.engine import Engine, connect, embedded_running, stop_embedded
from search.connection.pidfile import EngineProcess
from search.connection.token_proxy import TOKEN_HEADER


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path / "var")
    yield settings
    stop_embedded(settings)


@pytest.fixture
def engine(home: Settings) -> Engine:
    made = connect(home)
    made.client.index(index="escucha-posts-1", id="1", document={"a": "b"}, refresh=True)
    return made


def known(home: Settings) -> EngineProcess:
    found = embedded_running(home)
    assert found is not None
    return found


def raw(url: str, request: bytes) -> bytes:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 60) as line:
        line.sendall(request)
        said = line.recv(65_536)  # may take its time on a busy machine; the end of an open line shows by silence alone
        line.settimeout(2)
        with contextlib.suppress(TimeoutError):
            while data := line.recv(65_536):
                said += data
    return said


def ask(method: str, path: str, *fields: str, host: str = "127.0.0.1:8802", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *fields, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


ATTACKS = {
    "no-cors POST of a foreign page": ask(
        "POST", "/escucha-posts-*/_close", "Origin: http://evil.example:39200", "Content-Type: text/plain"
    ),
    "rebound name reads posts": ask("GET", "/escucha-posts-1/_search", host="evil.com"),
    "rebound name closes": ask("POST", "/escucha-posts-*/_close", host="evil.com"),
    "plain request of another program": ask("GET", "/"),
    "preflight": ask("OPTIONS", "/", "Origin: http://evil.example", f"Access-Control-Request-Headers: {TOKEN_HEADER}"),
    "wrong token": ask("DELETE", "/escucha-posts-1", f"{TOKEN_HEADER}: guess"),
    "no header at all": b"GET / HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_the_review_sent_gets_403_and_changes_nothing(engine: Engine, home: Settings, attack: bytes) -> None:
    said = raw(known(home).url, attack)
    assert said.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"access-control" not in said.lower()
    assert engine.client.count(index="escucha-posts-1")["count"] == 1


def test_each_request_of_a_connection_must_show_the_token_and_end_where_it_says(engine: Engine, home: Settings) -> None:
    shown = f"{TOKEN_HEADER}: {known(home).token}"
    good = ask("GET", "/", shown)
    assert b" 200 OK" in raw(known(home).url, good)
    twice = raw(known(home).url, good + ask("DELETE", "/escucha-posts-1"))
    assert b"403 Forbidden" in twice
    for field in ("Transfer-Encoding: chunked", "Content-Length: 5", "Origin: http://evil.example", shown):
        assert b"403 Forbidden" in raw(known(home).url, ask("GET", "/", shown, field)), field
    assert engine.client.count(index="escucha-posts-1")["count"] == 1


def test_the_token_is_readable_by_its_owner_only_and_in_no_command(engine: Engine, home: Settings) -> None:
    assert stat.S_IMODE(pidfile.pidfile_path(home).stat().st_mode) == 0o600
    for pid in (known(home).pid, known(home).engine_pid):
        process = psutil.Process(pid)
        assert known(home).token not in " ".join(process.cmdline()) + " ".join(process.environ().values())


def test_behind_the_door_the_engine_has_an_address_nobody_is_told(engine: Engine, home: Settings) -> None:
    listening = [one.laddr for one in psutil.Process(known(home).engine_pid).net_connections() if one.status == "LISTEN"]
    assert len(listening) == 1
    assert listening[0].ip.startswith("127.")
    assert listening[0].ip != "127.0.0.1"
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("127.0.0.1", listening[0].port), 1)


@pytest.mark.parametrize("which", ["pid", "engine_pid"])
def test_when_one_of_the_two_is_killed_the_other_ends(engine: Engine, home: Settings, which: str) -> None:
    both = json.loads(pidfile.pidfile_path(home).read_text())
    os.kill(both[which], signal.SIGKILL)
    until = time.monotonic() + 60
    while any(alive(both[name]) for name in ("pid", "engine_pid")):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert connect(home).answers()


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("which", ["pid", "engine_pid"])
@pytest.mark.slow
def test_a_frozen_one_is_said_in_words_with_what_to_do_and_can_be_ended(engine: Engine, home: Settings, which: str) -> None:
    both = known(home)
    os.kill(getattr(both, which), signal.SIGSTOP)
    with pytest.raises(UnavailableError, match=f"end it with `kill -9 {both.pid} {both.engine_pid}`"):
        connect(home, timeout_s=0.5)
    assert stop_embedded(home) is True
    assert not alive(both.pid)
    assert not alive(both.engine_pid)
    assert connect(home).answers()
