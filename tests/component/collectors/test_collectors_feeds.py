"""Feeds against a real web server on loopback that serves good feeds, bad feeds, and traps."""

from datetime import UTC, datetime

import pytest

from collectors import feeds
from core.config import plugins
from core.config.city import City
from core.errors import ConfigurationError, SourceError
from core.records.collection import Budget
from core.records.post import Raw
from tests.support.feeds_web import HOUR, NOW, Reader, Web, entry, rss, served
from tests.support.stubs.server import Reply

pytest_plugins = ("tests.support.feeds_fixtures",)
pytestmark = pytest.mark.usefixtures("clean_environment")


# -- what an entry gives ---------------------------------------------------------------------------------------------


def test_an_entry_arrives_whole(city: City, web: Web) -> None:
    link = "https://diario.example/1?a=b&amp;c=d"
    web.pages["/rss"] = served(entry(1, "&lt;p&gt;Una &amp;amp; otra&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;", link=link, author="Ana"))
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
    assert {raw.native_id: raw.own for raw in reader.run()} == {"https://diario.example/o": True, "https://diario.example/p": False}


def test_of_a_feed_about_more_than_the_city_only_entries_that_name_it_are_kept_and_the_others_counted(city: City, web: Web) -> None:
    told = (entry(1, "Obras en &lt;b&gt;MADRID&lt;/b&gt;"), entry(2, "Los madrileños"), entry(3, "Nada", title="Lo que pasa en Madrid"))
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


# -- profile and check -----------------------------------------------------------------------------------------------


def test_the_check_tells_what_each_feed_holds(city: City, web: Web) -> None:
    web.pages["/a"], web.pages["/b"] = (served(entry(1), entry(2)), Reply(rss(entry(1, "a & b")), headers={"Content-Type": "text/xml"}))
    options = feeds.Options(feeds=(f"{web.url}/a", f"{web.url}/b"), allow_private=True)
    assert feeds.check(city, options, None) == f"{web.url}/a: 2 entries; {web.url}/b: 1 entries, not well-formed"


def test_the_check_fails_when_a_feed_does(city: City, web: Web) -> None:
    web.pages["/a"] = served(entry(1))
    options = feeds.Options(feeds=(f"{web.url}/a", f"{web.url}/b"), allow_private=True)
    with pytest.raises(SourceError, match="/b: returned 404"):
        feeds.check(city, options, None)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "key 'feeds' is missing"),
        ({"feeds": []}, "at least 1"),
        ({"feeds": ["file:///etc/passwd"]}, "not a web address: file:///etc/passwd"),
        ({"feeds": ["https://a.example/rss"], "own": ["https://b.example/rss"]}, "own: https://b.example/rss is not among the feeds"),
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
    assert feeds.find_deleted(city, feeds.Options(feeds=("https://a.example/rss",)), None, ["1"], Budget(NOW, NOW + HOUR)) == {}
