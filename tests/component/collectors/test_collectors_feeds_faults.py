"""Feeds that are wrong: refused, cut, malformed or hostile."""

import pytest

from core.config.city import City
from tests.support.feeds_web import HOUR, NOW, Reader, Web, entry, failure, rss, served
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.feeds_fixtures",)
pytestmark = pytest.mark.usefixtures("clean_environment")


def test_feeds_that_fail_do_not_stop_the_others_and_are_all_told(city: City, web: Web) -> None:
    web.pages["/good"], web.pages["/last"] = served(entry(1)), served(entry(2))
    web.pages["/fault"], web.pages["/cut"] = Reply(b"oops", 500), Reply(cut=True)
    reader = Reader(city, *(f"{web.url}/{name}" for name in ("missing", "good", "fault", "cut", "last")))
    told = str(failure(reader))
    assert f"{web.url}/missing: returned 404: not found, check the address" in told
    assert f"{web.url}/fault: returned 500" in told
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
        (b"<!doctype html><html><body>Portada</body></html>", "not a feed"),
        (b"", "not a feed"),
        (b"/etc/passwd", "not a feed"),
        (b"http://169.254.169.254/latest/meta-data/", "not a feed"),
        (rss(entry(1)).partition(b"<item>")[0], "truncated before its first entry"),
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
    web.pages["/rss"] = Reply(whole[: whole.index(b"Noticia 3")], headers={"Content-Type": "application/rss+xml", "ETag": '"v1"'})
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
        web.pages["/rss"] = Reply(rss(entry(1, "&l9; &file;"), head=head), headers={"Content-Type": "application/rss+xml"})
        assert "defines XML entities" in str(failure(Reader(city, f"{web.url}/rss")))


def test_the_document_type_of_an_old_feed_is_no_attack(city: City, web: Web) -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    web.pages["/rss"] = Reply(rss(entry(1), head=head), headers={"Content-Type": "application/rss+xml"})
    assert Reader(city, f"{web.url}/rss").ids() == ["1"]
