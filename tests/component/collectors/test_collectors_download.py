"""The way to a feed: limits, redirects, addresses inside the house, proxies and authorities."""

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from core.config.city import City
from tests.support.feeds_web import Reader, Web, entry, failure, rss, served
from tests.support.stubs.proxy import Authority, ConnectProxy
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.feeds_fixtures",)
pytestmark = pytest.mark.usefixtures("clean_environment")


def test_ten_megabytes_are_not_read(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1, "a" * 10_000_000))
    assert "exceeds 5,000,000 bytes" in str(failure(Reader(city, f"{web.url}/rss")))


def test_a_packed_feed_is_unpacked(city: City, web: Web) -> None:
    for name, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        web.pages["/rss"] = Reply(pack(rss(entry(name))), headers={"Content-Encoding": name, "Content-Type": "application/rss+xml"})
        assert Reader(city, f"{web.url}/rss").ids() == [name]


def test_a_bomb_is_not_unpacked(city: City, web: Web) -> None:
    bomb = gzip.compress(b"a" * 100_000_000, compresslevel=1)
    web.pages["/rss"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert "exceeds 5,000,000 bytes" in str(failure(Reader(city, f"{web.url}/rss")))


def test_only_the_packings_that_we_unpack_are_asked_for(city: City, web: Web) -> None:
    """Servers that know zstd or brotli send it to everyone who says he takes it."""
    web.pages["/rss"] = served(entry(1))
    Reader(city, f"{web.url}/rss").run()
    assert web.requests[0].headers["Accept-Encoding"] == "gzip, deflate"


@pytest.mark.parametrize("begun", [b"\r\n", b"X-Header: "], ids=["the body", "the headers"])
def test_a_server_that_drips_is_given_up(city: City, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then, each within the time-out: the answer as a whole has its time too."""
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", 0.3)
    stop = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):  # the reader hangs up
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n" + begun)
            while not stop.wait(0.02):
                connection.sendall(b"<")

    with listening:
        threading.Thread(target=drip, daemon=True).start()
        told = failure(Reader(city, f"http://127.0.0.1:{listening.getsockname()[1]}/rss", timeout_s=5))
        stop.set()
    assert "took longer than" in str(told)


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes, float], str]]:
    """A server that sends these bytes, waits, and hangs up."""
    stop, sockets = threading.Event(), []

    def start(sent: bytes, wait: float) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve() -> None:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(sent)
                stop.wait(wait)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/rss"

    yield start
    stop.set()
    for one in sockets:
        one.close()


def test_an_answer_shorter_than_it_said_is_a_failure(city: City, raw_server: Callable[[bytes, float], str]) -> None:
    body = rss(entry(1))
    url = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body, 0)
    reader = Reader(city, url)
    assert "cannot be read" in str(failure(reader))
    assert reader.pages == []


def test_a_server_that_says_nothing_is_given_up(city: City, raw_server: Callable[[bytes, float], str]) -> None:
    assert "does not answer in time" in str(failure(Reader(city, raw_server(b"", 30), timeout_s=0.2)))


def test_nobody_there_is_told(city: City) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "cannot be read" in str(failure(Reader(city, f"http://127.0.0.1:{port}/rss")))


def test_a_redirect_on_the_same_server_is_followed(city: City, web: Web) -> None:
    web.pages["/old"], web.pages["/new"] = Reply(b"", 301, {"Location": "/new"}), served(entry(1))
    assert Reader(city, f"{web.url}/old").ids() == ["1"]


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/rss",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/",
        "http://localhost:{port}/new",
        "http://127.0.0.1:1/rss",
    ],
)
def test_a_redirect_to_anywhere_else_is_refused(city: City, web: Web, target: str) -> None:
    web.pages["/old"] = Reply(b"", 302, {"Location": target.format(port=web.port)})
    web.pages["/new"] = served(entry(1))
    assert "redirects to" in str(failure(Reader(city, f"{web.url}/old")))
    assert [request.path for request in web.requests] == ["/old"]


def test_a_redirect_without_end_is_given_up(city: City, web: Web) -> None:
    web.pages["/old"] = Reply(b"", 302, {"Location": "/old"})
    assert "redirects more than 5 times" in str(failure(Reader(city, f"{web.url}/old")))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "[fd00::1]",
        "2130706433",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::169.254.169.254]",
        "[2002:7f00:1::]",
    ],
)
def test_addresses_inside_the_house_are_refused_unless_meant(city: City, web: Web, host: str) -> None:
    web.pages["/rss"] = served(entry(1))
    told = str(failure(Reader(city, f"http://{host}:{web.port}/rss", allow_private=False)))
    assert "a private address; set allow_private" in told
    assert web.requests == []


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server: the first question gets the first answer, and so on."""
    left, real = list(answers), socket.getaddrinfo

    def name_server(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        found = left.pop(0) if host.endswith(".example") else [host]
        return [entry for one in found for entry in real(one, port, *args, **kwargs)]  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", name_server)


def test_a_name_that_changes_its_address_after_our_look_gets_no_question(city: City, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server of an attacker: a public address for the look, ours for the connection. What was looked up is called."""
    web.pages["/rss"] = served(entry(1))
    names_lead_to(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    reader = Reader(city, f"http://rebind.example:{web.port}/rss", allow_private=False)
    with pytest.raises(UserWarning, match=r'connect\(\) with host "93\.184\.215\.14"'):  # no test may call outside
        reader.run()
    assert web.requests == []


def test_one_place_inside_the_house_among_others_is_refused(city: City, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    names_lead_to(monkeypatch, ["93.184.215.14", "127.0.0.1"])
    told = str(failure(Reader(city, f"http://rebind.example:{web.port}/rss", allow_private=False)))
    assert "resolves to 127.0.0.1, a private address" in told


def test_the_place_is_called_by_its_number_and_asked_by_its_name_and_the_next_one_when_it_is_away(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setattr("collectors.http.download._refuse_private", lambda url, place: None)  # all places here are inside
    names_lead_to(monkeypatch, ["::1", "127.0.0.1"])
    with Web(tls=authority.tls("diario.example")) as web:
        web.pages["/rss"] = served(entry(1))
        assert Reader(city, f"https://diario.example:{web.port}/rss", allow_private=False).ids() == ["1"]
        assert web.requests[0].headers["Host"] == f"diario.example:{web.port}"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_private_authority_is_trusted_when_the_environment_names_it(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    authority = Authority(tmp_path)
    with Web(tls=authority.tls("localhost")) as web:
        web.pages["/rss"] = served(entry(1))
        assert "certificate is not trusted here" in str(failure(Reader(city, f"{web.url}/rss")))
        monkeypatch.setenv(variable, str(authority.path))
        assert Reader(city, f"{web.url}/rss").ids() == ["1"]


def test_an_authority_that_is_not_there_is_named(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    error = failure(Reader(city, "https://127.0.0.1:1/rss"))
    assert "/nowhere.pem: cannot be read" in str(error)
    assert error.fatal


def test_behind_a_proxy_the_proxy_looks_names_up(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with Web(tls=authority.tls("diario.example")) as web, closing(ConnectProxy(web.port)) as proxy:
        web.pages["/rss"] = served(entry(1))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        assert Reader(city, "https://diario.example/rss", allow_private=False).ids() == ["1"]
        assert proxy.asked == ["diario.example:443"]


def test_a_proxy_is_no_way_to_an_address_inside_the_house(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(ConnectProxy(1)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "a private address" in str(failure(Reader(city, "https://169.254.169.254/", allow_private=False)))
        assert proxy.asked == []
