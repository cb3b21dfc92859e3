"""Feeds against a real web server on loopback that serves good feeds, bad feeds, and traps."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from collectors import feeds
from core.collection import Budget
from core.config import plugins
from core.config.city import City
from core.errors import ConfigurationError, SourceError
from core.post import Raw
from tests.support.feeds_web import HOUR, NOW, Reader, Web, entry, failure, rss, served
from tests.support.stubs.server import Reply, Request

pytest_plugins = ("tests.support.feeds_fixtures",)
pytestmark = pytest.mark.usefixtures("clean_environment")


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


def one_id_for_all(*numbers: int, **more: str) -> Reply:
    return served(*[entry(n, f"Texto {n}", guid="https://ayto.example/avisos", **more) for n in numbers])


@pytest.mark.parametrize("link", ["", "https://ayto.example/avisos"])
def test_entries_of_a_feed_that_gives_one_id_to_all_are_messages_of_their_own(city: City, web: Web, link: str) -> None:
    web.pages["/rss"] = one_id_for_all(1, 2, 3, 4, 5, link=link)
    reader = Reader(city, f"{web.url}/rss")
    ids = [raw.native_id for raw in reader.run()]
    assert len(set(ids)) == 5
    assert all(one.startswith("made:") for one in ids)
    for alone in (6, 7):  # the id is the only one there now, and tells as little
        web.pages["/rss"] = one_id_for_all(alone, link=link)
        ids += [raw.native_id for raw in reader.run()]
    assert len(set(ids)) == 7
    web.pages["/rss"] = one_id_for_all(1, 2, 3, link=link)
    assert reader.run() == []


def test_an_entry_that_stands_twice_in_a_feed_keeps_its_id(city: City, web: Web) -> None:
    web.pages["/rss"] = served(entry(1), entry(1, "Corregido"), entry(2))
    assert [raw.native_id for raw in Reader(city, f"{web.url}/rss").run()] == [
        "https://diario.example/1",
        "https://diario.example/1",
        "https://diario.example/2",
    ]


def test_ids_that_tell_nothing_are_remembered_through_a_long_feed_and_no_more_than_fifty(city: City, web: Web) -> None:
    twins = [entry(n, title=f"{n}{side}") for n in range(150) for side in "ab"]
    web.pages["/rss"] = served(*twins)
    reader = Reader(city, f"{web.url}/rss")
    raws = [*reader.run(pages=1), *reader.run(pages=1)]
    assert len({raw.native_id for raw in raws}) == 300
    assert len(reader.state(f"{web.url}/rss")["shared"]) == 50  # type: ignore[arg-type]


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


def gaps(reader: Reader) -> list[str]:
    return [page.gap.reason for page in reader.pages if page.gap]


def test_entries_a_run_does_not_come_to_are_a_gap_until_they_are_read(city: City, web: Web) -> None:
    web.pages["/rss"] = served(*map(entry, range(450)))
    reader = Reader(city, f"{web.url}/rss")
    for expected in (["page_cap"], ["page_cap", "page_cap"], ["page_cap", "page_cap"]):
        reader.run(pages=1)
        assert gaps(reader) == expected
    assert [page.filled for page in reader.pages] == [(), (), (f"{web.url}/rss",)]
    web.pages["/rss"] = served(*map(entry, range(440, 460)))
    assert len(reader.ids()) == 10
    assert reader.pages[-1].filled == ()


def test_entries_that_fall_out_of_the_feed_before_they_are_read_are_told_to_be_lost(city: City, web: Web) -> None:
    web.pages["/rss"] = served(*map(entry, range(300)))
    reader = Reader(city, f"{web.url}/rss")
    reader.run(pages=1)
    rewritten = entry(299, "otra redacción")
    web.pages["/rss"] = served(*map(entry, range(250, 299)), rewritten)
    assert len(reader.ids(pages=1)) == 50
    assert gaps(reader) == ["page_cap", "look_back"]
    assert reader.pages[-1].filled == (f"{web.url}/rss",)
    assert "behind" not in reader.state(f"{web.url}/rss")
    reader.run()
    assert gaps(reader) == ["page_cap", "look_back"]


def test_a_feed_that_breaks_off_says_nothing_of_what_it_does_not_show(city: City, web: Web) -> None:
    web.pages["/rss"] = served(*map(entry, range(300)))
    reader = Reader(city, f"{web.url}/rss")
    reader.run(pages=1)
    web.pages["/rss"] = Reply(rss(*map(entry, range(250)))[:-30], headers={"Content-Type": "application/rss+xml"})
    reader.run(pages=1)
    assert gaps(reader) == ["page_cap"]
    web.pages["/rss"] = served(*map(entry, range(300)))
    assert reader.ids(pages=1)[-1] == "299"
    assert gaps(reader) == ["page_cap"]
    assert reader.pages[-1].filled == (f"{web.url}/rss",)


def test_with_few_pages_every_feed_has_its_turn(city: City, web: Web) -> None:
    for name in "abc":
        web.pages[f"/{name}"] = served(entry(name))
    reader = Reader(city, *(f"{web.url}/{name}" for name in "abc"))
    assert [reader.ids(pages=1) for _ in range(3)] == [["a"], ["b"], ["c"]]


def test_feeds_with_nothing_new_take_no_turn_away(city: City, web: Web) -> None:
    web.pages |= {f"/{name}": Reply(b"", 304) for name in "abc"} | {"/d": served(entry("d"))}
    reader = Reader(city, *(f"{web.url}/{name}" for name in "abcd"))
    assert [reader.ids(pages=3) for _ in range(2)] == [[], ["d"]]
    written = len(reader.pages)
    assert reader.ids(pages=4) == []
    assert len(reader.pages) == written  # all had their turn: there is nothing to remember


def test_feeds_that_use_up_the_time_of_every_run_keep_no_other_from_being_read(city: City, web: Web) -> None:
    clock = [NOW]

    def slow(request: Request) -> Reply:
        clock[0] += timedelta(seconds=20)
        return Reply(cut=True)

    web.pages |= {f"/dead{n}": slow for n in range(12)} | {"/last": served(entry("last"))}
    reader = Reader(city, *(f"{web.url}/dead{n}" for n in range(12)), f"{web.url}/last")
    read: list[str] = []
    for _ in range(2):
        until = clock[0] + timedelta(minutes=4)
        budget = Budget(now=clock[0], until=until, pages=200, _clock=lambda: clock[0])
        with suppress(SourceError):
            for page in feeds.collect(city, reader.options, None, reader.cursor, budget):
                reader.cursor = page.cursor
                read += [raw.native_id.rpartition("/")[2] for raw in page.raws]
    assert read == ["last"]


def test_each_request_is_noted_before_it_is_sent(city: City, web: Web) -> None:
    web.pages["/a"], web.pages["/b"] = served(entry(1)), served(entry(2))
    reader = Reader(city, f"{web.url}/a", f"{web.url}/b", f"{web.url}/missing")
    with pytest.raises(SourceError):
        reader.run()
    assert reader.spent == [1, 1, 1]


# -- feeds that are wrong --------------------------------------------------------------------------------------------


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
        assert "defines XML entities of its own" in str(failure(Reader(city, f"{web.url}/rss")))


def test_the_document_type_of_an_old_feed_is_no_attack(city: City, web: Web) -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    web.pages["/rss"] = Reply(rss(entry(1), head=head), headers={"Content-Type": "application/rss+xml"})
    assert Reader(city, f"{web.url}/rss").ids() == ["1"]


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
        plugins.load_options("collectors", "feeds", table, "town.toml: [sources.feeds]")


def test_nothing_is_known_of_deleted_articles(city: City) -> None:
    assert feeds.gone(city, feeds.Options(feeds=("https://a.example/rss",)), None, ["1"], Budget(NOW, NOW + HOUR)) == {}
