"""A stretch that could not be read is recorded once, shown, and closed: filled by a later run, or lost with the reason."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors.paging.scheduler import Step, fetch_in_turn
from core.errors import SourceError
from core.records import Json
from core.records.collection import Budget, Gap, Page
from core.records.post import Raw
from ledger import read
from pipeline import all_steps as steps
from reports.build.aggregate import count
from reports.build.coverage import unread_table
from reports.build.period import Interval
from tests.support.played import NOW, Played, raw

pytest_plugins = ("tests.support.played_fixtures",)
Make = Callable[..., Played]


def page(number: int, **more: Any) -> Page:
    return Page(raws=(raw(str(number)),), cursor={"at": number}, **more)


def gap(newer_than: str | None, older_than: str | None, reason: str = "page_cap", stream: str = "mentions") -> Gap:
    return Gap(stream=stream, newer_than=newer_than, older_than=older_than, reason=reason)


def gaps(town: Played) -> list[tuple[str, str | None, str, str | None]]:
    return [(one.stream, one.older_than, one.state, one.closed_reason) for one in read.gaps(town.ledger)]


def test_a_gap_is_noted_once_however_many_runs_it_takes_and_closed_when_it_is_filled(played: Make) -> None:
    town = played()
    town.collect(page(1, gap=gap("100", "900")))
    town.collect(page(2, gap=gap("100", "500", reason="refused")))
    assert gaps(town) == [("mentions", "500", "open", None)]
    town.collect(page(3, filled=("mentions",)))
    assert gaps(town) == [("mentions", "500", "filled", None)]
    assert [(state.open_gaps, state.lost_gaps) for state in read.sources(town.ledger)] == [(0, 0)]


def test_a_read_from_the_oldest_up_is_one_gap_too(played: Make) -> None:
    town = played()
    for upper in ("100", "140", "180"):
        town.collect(page(int(upper), gap=gap(upper, None)))
    assert [one.newer_than for one in read.gaps(town.ledger)] == ["180"]


def test_what_the_network_no_longer_gives_is_lost_from_the_beginning_and_filling_the_rest_does_not_change_it(played: Make) -> None:
    town = played()
    town.collect(page(1, gap=gap("100", "900", reason="look_back")))
    town.collect(page(2, gap=gap("100", "950")))
    town.collect(page(3, filled=("mentions",)))
    assert gaps(town) == [("mentions", "950", "filled", None), ("mentions", "900", "lost", "look_back")]


def test_a_gap_of_a_stream_that_the_profile_asks_for_no_more_is_lost(played: Make) -> None:
    town = played()
    town.collect(page(1, gap=gap("100", "900")))
    town.collect(page(2, dropped=("mentions",)))
    assert gaps(town) == [("mentions", "900", "lost", "not_asked")]


def test_a_gap_older_than_posts_are_kept_is_given_up(played: Make) -> None:
    town = played()
    town.collect(page(1, gap=gap("100", "900")))
    town.clock += town.context.city.retention + timedelta(hours=1)
    steps.forget(town.context, approve=1)  # a jump of half a year: a person has looked at the clock
    assert gaps(town) == [("mentions", "900", "lost", "retention")]


class Always:
    """A stream that gives one empty page."""

    group = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def fetch_pages(self, state: dict[str, Any], page_quota: int, budget: Budget) -> Any:
        yield Step([], {"read": True}, None)


class Refused(Always):
    def fetch_pages(self, state: dict[str, Any], page_quota: int, budget: Budget) -> Any:
        raise SourceError("not now")
        yield


def parse(raw_json: Any) -> Raw:
    raise AssertionError("there is nothing to parse")


def test_streams_that_are_asked_for_no_more_are_named_with_the_first_page_that_drops_them() -> None:
    cursor: Json = {"streams": {"old": {"gap_until": 1}, "kept": {}}}
    budget = Budget(now=NOW, until=NOW)
    pages = list(fetch_in_turn("x", [Always("kept"), Always("new")], parse, cursor, budget))
    assert [page.dropped for page in pages] == [("old",), ()]
    assert [page.dropped for page in fetch_in_turn("x", [Always("kept"), Always("new")], parse, pages[-1].cursor, budget)] == [(), ()]


def test_while_nothing_is_stored_the_dropped_streams_stay_in_the_cursor() -> None:
    cursor: Json = {"streams": {"old": {}, "kept": {}}}
    stream = fetch_in_turn("x", [Refused("kept")], parse, cursor, Budget(now=NOW, until=NOW))
    try:
        pages = list(stream)
    except SourceError:
        pages = []
    assert pages == []
    assert cursor == {"streams": {"old": {}, "kept": {}}}


def between(start: datetime, end: datetime) -> Interval:
    return Interval(previous=start - (end - start), start=start, end=end)


def test_the_report_says_which_stretches_were_not_read_and_why(played: Make) -> None:
    town = played()
    town.collect(page(1, gap=gap("100", "900", stream="mentions")))
    town.collect(page(2, gap=gap("1", "2", reason="look_back", stream="search")))
    week = between(NOW - timedelta(days=7), town.clock + timedelta(minutes=1))
    table = unread_table(count(town.ledger, ZoneInfo("Europe/Madrid"), week), "es")
    assert ("X", "un periodo que el canal aún no ha entregado; las próximas recogidas lo completan", "1") in table.rows
    assert ("X", "un periodo que ya no se puede recoger (más antiguo de lo que la red aún ofrece)", "1") in table.rows
    before = between(NOW - timedelta(days=14), NOW - timedelta(days=7))
    assert unread_table(count(town.ledger, ZoneInfo("Europe/Madrid"), before), "es").rows == ()


def test_the_time_of_a_run_ends_its_pages() -> None:
    moments = iter([NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=5)])
    budget = Budget(now=NOW, until=NOW + timedelta(minutes=4), pages=50, _clock=lambda: next(moments))
    assert [budget.page() for _ in range(3)] == [True, True, False]
