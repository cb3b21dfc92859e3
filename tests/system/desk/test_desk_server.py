"""The desk's own server under attack: endless uploads and headers, half-open connections, doubled hosts, and a link in its log."""

import asyncio
import contextlib
import re
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.config.settings import Settings
from escucha.supervisor.processes import Programs
from escucha.supervisor.services import report_desk_open
from escucha.supervisor.state import Supervisor
from tests.support.deployment import escucha
from tests.support.served import Served, desk_environment, serve

CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
FORM = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
PART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
ENOUGH = 64_000_000
"""What an attack may send before the test says that nothing stops it."""
PATIENCE_S = 60
"""What the desk ends after seconds is waited for so long, on a busy machine."""
SLOW_LINE_S = 10
"""A connection that sends slowly has so long."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if soft < 4096 else soft, hard))
    with serve(tmp_path_factory.mktemp("desk")) as served:
        assert httpx.get(f"{served.address}/cases", timeout=60, trust_env=False).status_code == 200  # warm
        yield served


def connect(desk: Served, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", desk.port), timeout=PATIENCE_S, source_address=(source, 0))


@contextlib.contextmanager
def many(desk: Served, count: int, source: str = "127.0.0.1") -> Iterator[list[socket.socket]]:
    """Open connections until the end of the block."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect(desk, source)) for _ in range(count)]


def ended(one: socket.socket) -> bool:
    """Whether the other side has hung up, without waiting for it."""
    one.setblocking(False)
    try:
        while one.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def flood(one: socket.socket, piece: bytes) -> int:
    """Send the same piece until the desk hangs up; the bytes it took."""
    sent = 0
    try:
        while sent < ENOUGH:
            one.sendall(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


def answers(desk: Served, source: str = "127.0.0.2") -> bool:
    """Whether a page is there for whoever asks from this address."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source), trust_env=False, timeout=PATIENCE_S) as client:
        return client.get(f"{desk.address}/alive").status_code == 200


@pytest.mark.parametrize("path", [b"/login", b"/cases/C-1/note", b"/nothing", b"/public"])
@pytest.mark.slow
def test_an_upload_without_end_is_ended_before_it_fills_memory_or_disk(desk: Served, path: bytes) -> None:
    before = desk.memory_mb()
    with connect(desk) as one:
        one.sendall(FORM % path + b"%x\r\n%s\r\n" % (len(PART), PART))
        taken = flood(one, CHUNK)
        files = desk.deleted_files()
    assert taken < 32_000_000  # sockets on loopback hold some MB between the two
    assert files == []
    assert desk.memory_mb() - before < 30
    assert answers(desk)


def test_a_form_that_says_it_is_too_large_is_refused_in_words(desk: Served) -> None:
    answer = httpx.post(f"{desk.address}/login", data={"name": "x" * 200_000}, timeout=60, trust_env=False)
    assert (answer.status_code, "too large" in answer.text or "demasiado" in answer.text) == (413, True)


def test_headers_without_end_are_ended(desk: Served) -> None:
    before = desk.memory_mb()
    with many(desk, 4) as sockets:
        for one in sockets:
            one.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            assert flood(one, b"".join(b"X-%d: %s\r\n" % (n, b"y" * 1000) for n in range(60))) < 16_000_000
        assert desk.memory_mb() - before < 30


@pytest.mark.parametrize("size", [200_000, 20_000])
def test_large_headers_that_arrive_whole_are_refused_too(desk: Served, size: int) -> None:
    with connect(desk) as one:
        one.sendall(b"GET /alive HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * size + b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 4(00|31) ", one.recv(65536))


def test_two_host_headers_are_refused(desk: Served) -> None:
    for hosts in (b"Host: 127.0.0.1\r\nHost: evil.example\r\n", b"Host: evil.example\r\nHost: 127.0.0.1\r\n", b""):
        with connect(desk) as one:
            one.sendall(b"GET /notice HTTP/1.1\r\n" + hosts + b"\r\n")
            assert one.recv(65536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_half_open_and_dripping_connections_end_in_time_and_others_are_served(desk: Served) -> None:
    with many(desk, 3, "127.0.0.3") as dripping, many(desk, 1500) as half:
        began = time.monotonic()
        dripping[0].sendall(b"GET /login HTTP/1.1\r\nHost: 127")
        dripping[1].sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
        dripping[2].sendall(b"POST /setup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
        while sum(not ended(one) for one in half) > 64:
            assert time.monotonic() - began < PATIENCE_S, "one address holds more than its share"
            time.sleep(0.1)
        assert answers(desk)
        is_cut = any(ended(one) for one in dripping[:2])
        assert not is_cut or time.monotonic() - began > SLOW_LINE_S, "a slow line has its ten seconds"
        while not all(ended(one) for one in half + dripping):
            assert time.monotonic() - began < PATIENCE_S, "half-open connections are kept"
            for one in dripping:
                with contextlib.suppress(OSError):
                    one.send(b"1")
            time.sleep(0.5)
        assert answers(desk, "127.0.0.1")


def test_many_addresses_together_are_limited_too(desk: Served) -> None:
    with contextlib.ExitStack() as stack:
        half = [one for n in range(20) for one in stack.enter_context(many(desk, 30, f"127.0.1.{n + 1}"))]
        until = time.monotonic() + PATIENCE_S
        while sum(not ended(one) for one in half) > 256 and time.monotonic() < until:
            time.sleep(0.1)
        assert sum(not ended(one) for one in half) <= 256


def test_a_stranger_behind_a_web_server_is_nobody(desk: Served) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9"}
    answer = httpx.get(f"{desk.address}/cases", headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 403


def test_http_1_0_is_what_a_careless_web_server_speaks(desk: Served) -> None:
    with connect(desk) as one:
        one.sendall(b"GET /cases HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        assert one.recv(65536).split(b" ")[1] == b"403"


def test_a_site_starts_without_users_and_the_link_in_its_log_makes_the_first(tmp_path: Path) -> None:
    with serve(tmp_path, ESCUCHA_DESK_URL="https://escucha.example.org") as desk:
        with httpx.Client(base_url=desk.address, timeout=60, trust_env=False) as client:
            assert client.get("/cases").status_code == 403
            link = re.search(r"first user: open https://escucha\.example\.org(/setup\?once=\S+) within one hour", desk.said())
            assert link is not None
            assert client.get(link[1]).status_code == 200
            form = {"token": link[1].partition("=")[2], "name": "rosa", "password": "una clave bien larga 27"}
            assert client.post("/setup", data=form | {"again": form["password"]}).status_code == 303
            assert client.get(link[1]).status_code == 404
            assert client.get("/cases").headers["location"].startswith("/login")
        assert form["password"] not in desk.said()


@pytest.mark.slow
def test_make_run_repeats_the_link_where_people_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(tmp_path, ESCUCHA_DESK_URL="https://escucha.example.org") as desk:
        httpx.get(f"{desk.address}/alive", timeout=60, trust_env=False)
        programs = Programs(tmp_path, {})
        programs.log("desk").parent.mkdir()
        desk.log.rename(programs.log("desk"))
        asyncio.run(report_desk_open(Supervisor(tmp_path, Settings(desk_port=desk.port), (), programs, [])))
    assert re.search(r"first user: open https://escucha\.example\.org/setup\?once=\S+", capsys.readouterr().err)


@pytest.mark.slow
def test_the_command_makes_the_first_user_beside_a_desk_that_runs(tmp_path: Path) -> None:
    with serve(tmp_path, ESCUCHA_DESK_URL="https://escucha.example.org") as desk:
        assert httpx.get(f"{desk.address}/cases", timeout=60, trust_env=False).status_code == 403
        escucha("user", "rosa", "--role", "admin", env=desk.env, stdin=b"una clave bien larga 27\n")
        assert httpx.get(f"{desk.address}/cases", timeout=60, trust_env=False).status_code == 303


@pytest.mark.slow
def test_a_desk_that_would_send_passwords_in_the_open_does_not_start(tmp_path: Path) -> None:
    env = desk_environment(tmp_path, ESCUCHA_DESK_HOST="0.0.0.0")
    done = escucha("desk", env=env, check=False)
    assert done.returncode == 2
    assert b"unencrypted" in done.stderr
