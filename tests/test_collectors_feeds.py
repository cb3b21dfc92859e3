"""Feeds against a real web server on loopback that serves good feeds, bad feeds, and traps."""

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stubs.proxy import Authority, ConnectProxy
from stubs.server import Reply, Request, Stub

from collectors import feeds
from core import parts
from core.city import City, load_city
from core.errors import ConfigurationError, SourceError
from core.fact import Json
from core.page import Budget, Page
from core.post import Raw

NOW = datetime(2026, 11, 24, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).parents[1] / "cities/madrid.toml")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Web(Stub):
    """Serves what stands in `pages`, by path: a Reply, or a function of the request."""

    def __init__(self, **given: object) -> None:
        self.pages: dict[str, Reply | Callable[[Request], Reply]] = {}
        super().__init__(**given)  # type: ignore[arg-type]

    def answer(self, request: Request) -> Reply:
        page = self.pages.get(request.path, Reply(b"nothing here", 404))
        return page if isinstance(page, Reply) else page(request)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server  # type: ignore[misc]


def entry(number: int | str, text: str = "Texto", date: str = "Tue, 24 Nov 2026 09:00:00 +0100", **more: str) -> str:
    told = {
        "guid": f"https://diario.example/{number}",
        "title": f"Noticia {number}",
        "description": text,
        "pubDate": date,
        **more,
    }
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in told.items() if value) + "</item>"


def rss(*entries: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    channel = f"<channel><title>Diario</title><language>es-ES</language>{''.join(entries)}</channel>"
    return f'{head}<rss version="2.0">{channel}</rss>'.encode()


def served(*entries: str, **headers: str) -> Reply:
    return Reply(rss(*entries), headers={"Content-Type": "application/rss+xml", **headers})


class Reader:
    """Reads feeds as the pipeline does."""

    def __init__(self, city: City, *urls: str, **options: object) -> None:
        self.city = city
        self.options = feeds.Options.model_validate({"feeds": urls, "allow_private": True, **options})
        self.cursor: Json | None = None
        self.pages: list[Page] = []
        self.spent: list[int] = []

    def run(self, now: datetime = NOW, pages: int = 200) -> list[Raw]:
        budget = Budget(now=now, until=now + HOUR, pages=pages, _spend=lambda requests, _: self.spent.append(requests))
        raws: list[Raw] = []
        for page in feeds.collect(self.city, self.options, None, self.cursor, budget):
            self.cursor = json.loads(json.dumps(page.cursor))
            self.pages.append(page)
            raws += page.raws
        return raws

    def reasons(self) -> list[str]:
        return [one.reason for page in self.pages for one in page.rejects]

    def ids(self, now: datetime = NOW, pages: int = 200) -> list[str]:
        return [raw.native_id.rpartition("/")[2] for raw in self.run(now, pages)]

    def state(self, url: str) -> dict[str, object]:
        assert self.cursor is not None
        return self.cursor["streams"][url]  # type: ignore[index,call-overload,return-value]


# -- what an entry gives ---------------------------------------------------------------------------------------------


def test_an_entry_arrives_whole(city: City, web: Web) -> None:
    link = "https://diario.example/1?a=b&amp;c=d"
    web.pages["/rss"] = served(
        entry(1, "&lt;p&gt;Una &amp;amp; otra&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;", link=link, author="Ana")
    )
    assert Reader(city, f"{web.url}/rss").run() == [
        Raw(
            source="feeds",
            native_id="https://diario.example/1",
            text="Noticia 1. Una & otra",
            created_at=datetime(2026, 11, 24, 8, tzinfo=UTC),
            received_at=NOW,
            author_id="127.0.0.1:Ana",
            language="es-ES",
            url="https://diario.example/1?a=b&c=d",
            place=f"{web.url}/rss page 1 item 1",
        )
    ]


def test_atom_is_read_too_with_its_whole_text(city: City, web: Web) -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Vecinos</title><entry><id>tag:vecinos.example,2026:1</id><title>Ruido</title>'
        '<summary>Corto</summary><content type="html">&lt;b&gt;Toda la noche&lt;/b&gt;</content><updated>2026-11-24T09:00:00Z</updated>'
        '<link href="https://vecinos.example/1"/></entry></feed>'
    )
    web.pages["/atom"] = Reply(atom.encode(), headers={"Content-Type": "application/atom+xml"})
    raw = Reader(city, f"{web.url}/atom").run()[0]
    assert (raw.native_id, raw.text) == ("tag:vecinos.example,2026:1", "Ruido. Toda la noche")
    assert (raw.created_at, raw.url) == (datetime(2026, 11, 24, 9, tzinfo=UTC), "https://vecinos.example/1")


def test_the_citys_own_feed_is_marked_as_its_own(city: City, web: Web) -> None:
    web.pages["/own"], web.pages["/press"] = served(entry("o")), served(entry("p"))
    reader = Reader(city, f"{web.url}/own", f"{web.url}/press", own=[f"{web.url}/own"])
    assert {raw.native_id: raw.own for raw in reader.run()} == {
        "https://diario.example/o": True,
        "https://diario.example/p": False,
    }


def test_of_a_feed_about_more_than_the_city_only_entries_that_name_it_are_kept_and_the_others_counted(
    city: City, web: Web
) -> None:
    told = (
        entry(1, "Obras en &lt;b&gt;MADRID&lt;/b&gt;"),
        entry(2, "Los madrileños"),
        entry(3, "Nada", title="Lo que pasa en Madrid"),
    )
    web.pages["/all"] = web.pages["/own"] = served(*told)
    url, other = f"{web.url}/all", f"{web.url}/own"
    reader = Reader(city, url, filtered=[url])
    assert reader.ids() == ["1", "3"]
    assert reader.reasons() == ["elsewhere"]
    assert reader.ids(NOW + HOUR) == []  # what was let go is not read again
    assert len(reader.reasons()) == 1
    assert Reader(city, other).ids() == ["1", "2", "3"]


def test_an_entry_without_id_is_known_by_link_and_title(city: City, web: Web) -> None:
    plain = [entry(n, f"Texto {n}", guid="", link=f"https://diario.example/x{n}", title="Igual") for n in (1, 2)]
    web.pages["/rss"] = served(*plain)
    first = Reader(city, f"{web.url}/rss").run()
    assert all(raw.native_id.startswith("made:") for raw in first)
    assert len({raw.native_id for raw in first}) == 2
    assert [raw.native_id for raw in Reader(city, f"{web.url}/rss").run()] == [raw.native_id for raw in first]


def test_an_id_that_is_only_a_number_is_unique_on_its_site_alone(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1, guid="17"))
    assert Reader(city, f"{web.url}/rss").run()[0].native_id == "127.0.0.1#17"


def test_an_entry_with_nothing_that_tells_it_from_others_is_a_counted_reject(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1, guid="", title=""), entry(2))
    reader = Reader(city, f"{web.url}/rss")
    assert reader.ids() == ["2"]
    assert reader.reasons() == ["missing_id"]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Tue, 24 Nov 2026 09:00:00 +0100", "2026-11-24T08:00:00+00:00"),
        ("Tue, 24 Nov 2026 09:00:00 GMT", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24T09:00:00", "2026-11-24T08:00:00+00:00"),  # names no zone: Madrid's
        ("2026-11-23", "2026-11-22T23:00:00+00:00"),
        ("", "2026-11-24T11:00:00+00:00"),  # none: when we read it
        ("mañana", "2026-11-24T11:00:00+00:00"),
        ("Wed, 01 Jan 2099 00:00:00 GMT", "2026-11-24T11:00:00+00:00"),  # the future: now
        ("Thu, 01 Jan 1970 00:00:00 GMT", "2026-11-24T11:00:00+00:00"),  # nonsense: now
    ],
)
def test_dates_missing_naive_and_absurd(city: City, web: Web, date: str, moment: str) -> None:
    web.pages["/rss"] = served(entry(1, date=date))
    assert [raw.created_at.isoformat() for raw in Reader(city, f"{web.url}/rss").run()] == [moment]


# -- what is new -----------------------------------------------------------------------------------------------------


def conditional(request: Request) -> Reply:
    if (
        request.headers.get("If-None-Match") == '"v1"'
        and request.headers.get("If-Modified-Since") == "Tue, 24 Nov 2026 10:00:00 GMT"
    ):
        return Reply(b"", 304)
    return served(entry(1), ETag='"v1"', **{"Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"})


def test_an_unchanged_feed_is_asked_for_conditionally_and_costs_nothing(city: City, web: Web) -> None:
    web.pages["/rss"] = conditional
    reader = Reader(city, f"{web.url}/rss")
    assert reader.ids() == ["1"]
    assert reader.ids() == []
    assert [request.headers.get("If-None-Match") for request in web.requests] == [None, '"v1"']
    assert len(reader.pages) == 1


def test_what_was_handed_over_is_not_handed_over_again(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1), entry(2))
    reader = Reader(city, f"{web.url}/rss")
    assert reader.ids() == ["1", "2"]
    web.pages["/rss"] = served(entry(3), entry(1), entry(2))
    assert reader.ids() == ["3"]
    assert reader.ids() == []


def test_an_entry_that_was_rewritten_comes_again(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1), entry(2))
    reader = Reader(city, f"{web.url}/rss")
    reader.run()
    web.pages["/rss"] = served(entry(1), entry(2, "Corregido"))
    assert [(raw.native_id, raw.text) for raw in reader.run()] == [("https://diario.example/2", "Noticia 2. Corregido")]


def test_one_date_in_the_future_keeps_no_other_entry_away(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry("f", date="Wed, 01 Jan 2099 00:00:00 GMT"))
    reader = Reader(city, f"{web.url}/rss")
    reader.run()
    web.pages["/rss"] = served(entry("f", date="Wed, 01 Jan 2099 00:00:00 GMT"), entry(1), entry(2))
    assert reader.ids(NOW + HOUR) == ["1", "2"]


def test_yesterdays_article_published_today_is_read(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry("today"))
    reader = Reader(city, f"{web.url}/rss")
    reader.run()
    web.pages["/rss"] = served(entry("today"), entry("late", date="Mon, 23 Nov 2026 06:00:00 GMT"))
    assert reader.ids() == ["late"]


def test_what_left_the_feed_and_comes_back_is_not_new(city: City, web: Web) -> None:
    reader = Reader(city, f"{web.url}/rss")
    for number in range(300):
        web.pages["/rss"] = served(entry(number))
        reader.run()
    web.pages["/rss"] = served(entry(7))
    assert reader.ids() == []


def test_what_is_remembered_is_bounded(city: City, web: Web) -> None:
    reader = Reader(city, f"{web.url}/rss")
    for first in range(0, 2000, 400):
        web.pages["/rss"] = served(*map(entry, range(first, first + 400)))
        reader.run()
    assert len(json.dumps(reader.state(f"{web.url}/rss"))) < 20_000


def test_a_long_feed_comes_in_pages_and_goes_on_after_a_kill(city: City, web: Web) -> None:
    web.pages["/rss"] = served(*map(entry, range(450)), ETag='"v1"')
    reader = Reader(city, f"{web.url}/rss")
    assert len(reader.ids(pages=1)) == 200
    assert "etag" not in reader.state(f"{web.url}/rss")
    assert len(reader.ids(pages=1)) == 200
    assert reader.ids(pages=1) == [str(n) for n in range(400, 450)]
    assert reader.state(f"{web.url}/rss")["etag"] == '"v1"'


def test_with_few_pages_every_feed_has_its_turn(city: City, web: Web) -> None:
    for name in "abc":
        web.pages[f"/{name}"] = served(entry(name))
    reader = Reader(city, *(f"{web.url}/{name}" for name in "abc"))
    assert [reader.ids(pages=1) for _ in range(3)] == [["a"], ["b"], ["c"]]


def test_each_request_is_noted_before_it_is_sent(city: City, web: Web) -> None:
    web.pages["/a"], web.pages["/b"] = served(entry(1)), served(entry(2))
    reader = Reader(city, f"{web.url}/a", f"{web.url}/b", f"{web.url}/missing")
    with pytest.raises(SourceError):
        reader.run()
    assert reader.spent == [1, 1, 1]


# -- feeds that are wrong --------------------------------------------------------------------------------------------


def failure(reader: Reader, now: datetime = NOW) -> SourceError:
    with pytest.raises(SourceError) as caught:
        reader.run(now)
    return caught.value


def test_feeds_that_fail_do_not_stop_the_others_and_are_all_told(city: City, web: Web) -> None:
    web.pages["/good"], web.pages["/last"] = served(entry(1)), served(entry(2))
    web.pages["/fault"], web.pages["/cut"] = Reply(b"oops", 500), Reply(cut=True)
    reader = Reader(city, *(f"{web.url}/{name}" for name in ("missing", "good", "fault", "cut", "last")))
    told = str(failure(reader))
    assert f"{web.url}/missing: answers 404: check the address" in told
    assert f"{web.url}/fault: answers 500" in told
    assert f"{web.url}/cut: cannot be read" in told
    assert [raw.native_id[-1] for page in reader.pages for raw in page.raws] == ["1", "2"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_us_to_wait_is_left_alone_that_long(city: City, web: Web, status: int) -> None:
    web.pages["/busy"], web.pages["/good"] = Reply(b"", status, {"Retry-After": "1800"}), served(entry(1))
    reader = Reader(city, f"{web.url}/busy", f"{web.url}/good")
    assert failure(reader).retry_after == 1800
    assert reader.run(NOW + 0.4 * HOUR) == []
    assert [request.path for request in web.requests].count("/busy") == 1
    web.pages["/busy"] = served(entry(2))
    assert reader.ids(NOW + 0.6 * HOUR) == ["2"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><html><body>Portada</body></html>", "is not a feed"),
        (b"", "is not a feed"),
        (b"/etc/passwd", "is not a feed"),
        (b"http://169.254.169.254/latest/meta-data/", "is not a feed"),
        (rss(entry(1)).partition(b"<item>")[0], "breaks off before its first entry"),
    ],
    ids=["page", "empty", "path", "address", "cut"],
)
def test_what_is_no_feed_is_told_and_never_opened(city: City, web: Web, body: bytes, words: str) -> None:
    web.pages["/rss"] = Reply(body, headers={"Content-Type": "text/html"})
    assert words in str(failure(Reader(city, f"{web.url}/rss")))


def test_an_empty_feed_is_fine(city: City, web: Web) -> None:
    web.pages["/rss"] = served()
    assert Reader(city, f"{web.url}/rss").run() == []


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes_and_counted(city: City, web: Web) -> None:
    web.pages["/rss"] = Reply(rss(entry(1), entry(2, "a & b <br> c")), headers={"Content-Type": "application/rss+xml"})
    reader = Reader(city, f"{web.url}/rss")
    assert reader.ids() == ["1", "2"]
    assert reader.state(f"{web.url}/rss")["bozo"] == 1


def test_a_feed_cut_short_is_asked_for_in_full_again(city: City, web: Web) -> None:
    whole = rss(entry(1), entry(2), entry(3))
    web.pages["/rss"] = Reply(
        whole[: whole.index(b"Noticia 3")], headers={"Content-Type": "application/rss+xml", "ETag": '"v1"'}
    )
    reader = Reader(city, f"{web.url}/rss")
    assert reader.ids()[:2] == ["1", "2"]
    web.pages["/rss"] = served(entry(1), entry(2), entry(3), ETag='"v1"')
    reader.run()
    assert "If-None-Match" not in web.requests[-1].headers
    assert {raw.text for page in reader.pages for raw in page.raws} >= {f"Noticia {n}. Texto" for n in (1, 2, 3)}


@pytest.mark.parametrize(
    ("content_type", "head", "encoding"),
    [
        ("application/rss+xml; charset=utf-8", '<?xml version="1.0" encoding="utf-8"?>', "iso-8859-1"),
        ("application/rss+xml", '<?xml version="1.0" encoding="iso-8859-1"?>', "iso-8859-1"),
        ("text/xml; charset=us-ascii", '<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
        ("application/rss+xml; charset=nonsense", '<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
    ],
    ids=["lies", "latin", "ascii", "nonsense"],
)
def test_a_wrong_charset_is_seen_through(city: City, web: Web, content_type: str, head: str, encoding: str) -> None:
    content = rss(entry(1, "Una acera en la calle Ibáñez"), head=head).decode().encode(encoding)
    web.pages["/rss"] = Reply(content, headers={"Content-Type": content_type})
    assert [raw.text for raw in Reader(city, f"{web.url}/rss").run()] == ["Noticia 1. Una acera en la calle Ibáñez"]


def test_entities_that_multiply_or_open_files_are_not_read(city: City, web: Web) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for entities in (f'<!ENTITY l0 "ja">{laughs}', '<!ENTITY file SYSTEM "file:///etc/passwd">'):
        head = f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>'
        web.pages["/rss"] = Reply(
            rss(entry(1, "&l9; &file;"), head=head), headers={"Content-Type": "application/rss+xml"}
        )
        assert "defines entities of its own" in str(failure(Reader(city, f"{web.url}/rss")))


def test_the_document_type_of_an_old_feed_is_no_attack(city: City, web: Web) -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    web.pages["/rss"] = Reply(rss(entry(1), head=head), headers={"Content-Type": "application/rss+xml"})
    assert Reader(city, f"{web.url}/rss").ids() == ["1"]


# -- the way there: limits, redirects, addresses inside the house ----------------------------------------------------


def test_ten_megabytes_are_not_read(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1, "a" * 10_000_000))
    assert "holds more than 5,000,000 bytes" in str(failure(Reader(city, f"{web.url}/rss")))


def test_a_packed_feed_is_unpacked(city: City, web: Web) -> None:
    for name, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
        web.pages["/rss"] = Reply(
            pack(rss(entry(name))), headers={"Content-Encoding": name, "Content-Type": "application/rss+xml"}
        )
        assert Reader(city, f"{web.url}/rss").ids() == [name]


def test_a_bomb_is_not_unpacked(city: City, web: Web) -> None:
    bomb = gzip.compress(b"a" * 100_000_000, compresslevel=1)
    web.pages["/rss"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert "holds more than 5,000,000 bytes" in str(failure(Reader(city, f"{web.url}/rss")))


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
    assert "sends us to" in str(failure(Reader(city, f"{web.url}/old")))
    assert [request.path for request in web.requests] == ["/old"]


def test_a_redirect_without_end_is_given_up(city: City, web: Web) -> None:
    web.pages["/old"] = Reply(b"", 302, {"Location": "/old"})
    assert "sends us on more than 5 times" in str(failure(Reader(city, f"{web.url}/old")))


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
    ],
)
def test_addresses_inside_the_house_are_refused_unless_meant(city: City, web: Web, host: str) -> None:
    web.pages["/rss"] = served(entry(1))
    told = str(failure(Reader(city, f"http://{host}:{web.port}/rss", allow_private=False)))
    assert "inside our own network; set allow_private" in told
    assert web.requests == []


def test_a_name_that_changes_its_address_between_look_and_connection_is_refused(
    city: City, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server of an attacker: a public address for the look, ours for the connection."""
    web.pages["/rss"] = served(entry(1))
    answers = iter(["93.184.215.14"])
    real = socket.getaddrinfo

    def name_server(host: str, port: int, *args: object, **kwargs: object) -> object:
        return real(next(answers, "127.0.0.1"), port, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", name_server)
    told = str(failure(Reader(city, f"http://rebind.example:{web.port}/rss", allow_private=False)))
    assert "leads to 127.0.0.1, inside our own network" in told


# -- behind a proxy and a private authority --------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_private_authority_is_trusted_when_the_environment_names_it(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    authority = Authority(tmp_path)
    with Web(tls=authority.tls("localhost")) as web:
        web.pages["/rss"] = served(entry(1))  # type: ignore[attr-defined]
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
        web.pages["/rss"] = served(entry(1))  # type: ignore[attr-defined]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
        assert Reader(city, "https://diario.example/rss", allow_private=False).ids() == ["1"]
        assert proxy.asked == ["diario.example:443"]


def test_a_proxy_is_no_way_to_an_address_inside_the_house(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(ConnectProxy(1)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "inside our own network" in str(failure(Reader(city, "https://169.254.169.254/", allow_private=False)))
        assert proxy.asked == []


# -- profile and check -----------------------------------------------------------------------------------------------


def test_the_check_tells_what_each_feed_holds(city: City, web: Web) -> None:
    web.pages["/a"], web.pages["/b"] = (
        served(entry(1), entry(2)),
        Reply(rss(entry(1, "a & b")), headers={"Content-Type": "text/xml"}),
    )
    options = feeds.Options(feeds=(f"{web.url}/a", f"{web.url}/b"), allow_private=True)
    assert feeds.check(city, options, None) == f"{web.url}/a: 2 entries; {web.url}/b: 1 entries, not well-formed"


def test_the_check_fails_when_a_feed_does(city: City, web: Web) -> None:
    web.pages["/a"] = served(entry(1))
    options = feeds.Options(feeds=(f"{web.url}/a", f"{web.url}/b"), allow_private=True)
    with pytest.raises(SourceError, match="/b: answers 404"):
        feeds.check(city, options, None)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "key 'feeds' is missing"),
        ({"feeds": []}, "at least 1"),
        ({"feeds": ["file:///etc/passwd"]}, "not a web address: file:///etc/passwd"),
        (
            {"feeds": ["https://a.example/rss"], "own": ["https://b.example/rss"]},
            "own: https://b.example/rss is not among the feeds",
        ),
        (
            {"feeds": ["https://a.example/rss"], "filtered": ["https://b.example/rss"]},
            "filtered: https://b.example/rss is not among the feeds",
        ),
        ({"feeds": ["https://a.example/rss"], "timezone": "Madrid"}, "not a time zone"),
        ({"feeds": ["https://a.example/rss"], "depth": 1}, "unknown key 'depth'"),
    ],
)
def test_a_wrong_table_in_the_profile_is_refused(table: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parts.options("collectors", "feeds", table, "town.toml: [sources.feeds]")


def test_nothing_is_known_of_deleted_articles(city: City) -> None:
    assert feeds.gone(city, feeds.Options(feeds=("https://a.example/rss",)), None, ["1"], Budget(NOW, NOW + HOUR)) == {}
