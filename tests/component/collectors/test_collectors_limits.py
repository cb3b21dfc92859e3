"""An answer without end: too large, too slow, packed to burst. Every network's own client gives up, and says why."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import requests

from collectors import bluesky
from collectors.http import json_api, session as sessions
from collectors.http.limits import OversizedError, decompress, read_in_time
from core.errors import SourceError
from core.records.collection import Budget
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.server import Reply, Request
from tests.support.worlds import BLUESKY_SECRETS, CITY, MADE

BEFORE = {"reddit", "bluesky", "mastodon"}
"""Their first request is no page: they sign in, or ask what server it is."""
MANY = 5_000_000


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a byte of its headers now and then, for ever; asked for `/body`, of its body."""
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the reader hangs up
            wants_body = b"/body" in connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + (b"\r\n" if wants_body else b"X: "))
            while not stop.wait(0.02):
                connection.sendall(b"a")

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop.set()
    listening.close()


def told_instead_of_a_page(network: str, instead: Reply) -> SourceError:
    """What the collector says when this comes in place of its first page; it is not asked for again at once."""
    stub, world = MADE[network]
    with stub() as running:
        answered = running.answer
        before = 1 if network in BEFORE else 0

        def answer(request: Request) -> Reply:
            return answered(request) if len(running.requests) <= before else instead

        running.answer = answer  # type: ignore[method-assign]
        told = run(world(running), None, NOW).error
        assert told is not None
        assert len(running.requests) == before + 1
        return told


@pytest.mark.parametrize("network", MADE)
def test_a_bomb_in_place_of_a_page_is_not_unpacked(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_BYTES", MANY // 10)
    bomb = Reply(gzip.compress(b" " * MANY), headers={"Content-Encoding": "gzip"})
    told = told_instead_of_a_page(network, bomb)
    assert "it exceeds 500,000 bytes" in str(told)
    assert not told.fatal


@pytest.mark.parametrize("levels", [500, 100_000])
@pytest.mark.parametrize("network", sorted(set(MADE) - {"bluesky"}))
def test_a_page_nested_without_end_is_refused_in_words(network: str, levels: int) -> None:
    """Every client library reads JSON by itself. What people nest in a post of Bluesky costs only that post: see there."""
    told = told_instead_of_a_page(network, Reply(b'{"data": ' + b"[" * levels + b"]" * levels + b"}"))
    assert "it is nested deeper than 200 levels" in str(told)
    assert told.retry_after is None  # the server names no pause


@pytest.mark.parametrize("network", ["bluesky", "reddit"])
def test_a_sign_in_nested_without_end_is_refused_in_words(network: str) -> None:
    stub, world = MADE[network]
    with stub() as running:
        running.answer = lambda request: Reply(b"[" * 100_000 + b"]" * 100_000)  # type: ignore[method-assign]
        assert "no usable answer" in str(run(world(running), None, NOW).error)


@pytest.mark.parametrize("network", MADE)
def test_a_packed_page_is_read_and_no_other_packing_is_asked_for(network: str) -> None:
    """Servers that know zstd or brotli send it to everyone who says he takes it."""
    stub, world = MADE[network]
    with stub() as running:
        answered = running.answer

        def packed(request: Request) -> Reply:
            reply = answered(request)
            return Reply(gzip.compress(reply.payload()), reply.status, {**reply.headers, "Content-Encoding": "gzip"})

        running.answer = packed  # type: ignore[method-assign]
        made = world(running)
        made.say(burst(30, NOW))
        assert len(set(run(made, None, NOW).ids)) == 30
        assert {request.headers["Accept-Encoding"] for request in running.requests} == {"gzip, deflate"}


def by_requests(address: str) -> None:
    with sessions.limited_session("Escucha/test") as session:
        session.get(address, timeout=60)


def by_a_service(address: str) -> None:
    with json_api.open_client(address, "[sources.consul]", Budget(now=NOW, until=NOW), "Escucha/test") as service:
        service.get_json("")


def by_atproto(address: str) -> None:
    bluesky.check(CITY, bluesky.Options(base_url=address), BLUESKY_SECRETS)


@pytest.mark.timeout(600)  # the server never ends
@pytest.mark.parametrize("read", [by_requests, by_a_service, by_atproto])
@pytest.mark.parametrize("where", ["/headers", "/body"])
def test_a_server_that_drips_is_given_up(read: Callable[[str], None], where: str, dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then, each within the time-out of the line."""
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", 0.3)
    with pytest.raises((SourceError, requests.ConnectionError), match="took longer than 0 s"):
        read(f"{dripping}{where}")


def test_what_goes_wrong_in_time_is_told_as_it_is() -> None:
    def refused() -> None:
        raise TimeoutError("the line's own")

    assert read_in_time(lambda: 7) == 7
    with pytest.raises(TimeoutError, match="the line's own"):
        read_in_time(refused)


def test_a_packing_that_nobody_asked_for_is_refused_with_its_name() -> None:
    assert decompress([b"a", b"b"], "") == b"ab"
    with pytest.raises(OversizedError, match=r"uses a content encoding that was not requested \(zstd\)"):
        decompress([b"a"], "zstd")
