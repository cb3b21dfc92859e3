"""Feeds: what is new since the last run is read once, and gaps are recorded."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from collectors import feeds
from core.config.city import City
from core.errors import SourceError
from core.records.collection import Budget
from tests.support.feeds_web import HOUR, NOW, Reader, Web, entry, rss, served
from tests.support.stubs.server import Reply, Request

pytest_plugins = ("tests.support.feeds_fixtures",)
pytestmark = pytest.mark.usefixtures("clean_environment")


def conditional(request: Request) -> Reply:
    if request.headers.get("If-None-Match") == '"v1"' and request.headers.get("If-Modified-Since") == "Tue, 24 Nov 2026 10:00:00 GMT":
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
