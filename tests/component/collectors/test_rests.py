"""A network that asks us to wait is left alone that long, by every run; what did not ask for it is read as ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from collectors.paging.scheduler import Step, fetch_in_turn
from core.config.source_options import Deletions
from core.errors import SourceError, StreamError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw
from escucha.commands.status import format_text, status
from tests.support.played import NOW, Played, raw

pytest_plugins = ("tests.support.played_fixtures",)
MINUTE = timedelta(minutes=1)


class Stream:
    """A stream of one empty page, or of a refusal that asks for a rest."""

    def __init__(self, name: str, group: str, rest: float | None = None) -> None:
        self.name, self.group, self.rest, self.asked = name, group, rest, 0

    def fetch_pages(self, state: dict[str, Any], page_quota: int, budget: Budget) -> Any:
        self.asked += 1
        if self.rest is not None:
            raise SourceError(f"{self.name} is busy", retry_after=self.rest)
        yield Step([], {"read": self.asked}, None)


def parse(raw_json: Any) -> Raw:
    raise AssertionError("there is nothing to parse")


def read(cursor: Json | None, after: timedelta, *streams: Stream) -> tuple[Json | None, float | None]:
    """The cursor after a run, and the rest it was told."""
    at = NOW + after
    try:
        for page in fetch_in_turn("x", streams, parse, cursor, Budget(now=at, until=at)):
            cursor = page.cursor
    except SourceError as error:
        return cursor, error.retry_after
    return cursor, None


def test_a_group_that_asked_for_a_rest_is_asked_by_no_run_before_it_is_over_and_the_others_are_read() -> None:
    busy, its_neighbour, other = Stream("a", "one", rest=45 * 60), Stream("b", "one"), Stream("c", "two")
    cursor, told = read(None, 0 * MINUTE, busy, its_neighbour, other)
    assert told == 45 * 60
    busy.rest = None
    for minutes in (10, 30, 44):
        cursor, told = read(cursor, minutes * MINUTE, busy, its_neighbour, other)
        assert told is None
    assert (busy.asked, its_neighbour.asked, other.asked) == (1, 0, 4)
    cursor, told = read(cursor, 45 * MINUTE, busy, its_neighbour, other)
    assert (busy.asked, its_neighbour.asked, other.asked) == (2, 1, 5)
    assert "rests" not in (cursor or {})


def test_a_rest_is_counted_from_the_refusal_and_not_from_the_beginning_of_the_run() -> None:
    later = Budget(now=NOW, until=NOW + 4 * MINUTE, _clock=lambda: NOW + 3 * MINUTE)
    first = next(fetch_in_turn("x", [Stream("a", "one", rest=600)], parse, None, later))
    assert first.cursor["rests"] == {"one": (NOW + 13 * MINUTE).isoformat()}


def test_a_refusal_that_asks_for_no_rest_is_asked_again_by_the_next_run() -> None:
    class Closed(Stream):
        def fetch_pages(self, state: dict[str, Any], page_quota: int, budget: Budget) -> Any:
            self.asked += 1
            raise SourceError("closed")
            yield

    closed = Closed("a", "one")
    cursor, _ = read(None, 0 * MINUTE, closed)
    assert (cursor, closed.asked) == (None, 1)
    read(cursor, MINUTE, closed)
    assert closed.asked == 2


def test_a_stream_that_was_refused_for_what_it_is_leaves_its_group_and_all_after_it_in_their_turn() -> None:
    class Wrong(Stream):
        def fetch_pages(self, state: dict[str, Any], page_quota: int, budget: Budget) -> Any:
            self.asked += 1
            raise StreamError(f"{self.name} is no query", fatal=True)
            yield

    wrong, its_neighbour = Wrong("a", "one"), Stream("b", "one")
    cursor, _ = read(None, 0 * MINUTE, wrong, its_neighbour)
    cursor, _ = read(cursor, MINUTE, wrong, its_neighbour)
    assert (wrong.asked, its_neighbour.asked) == (2, 2)
    with pytest.raises(SourceError, match="a is no query; c is no query") as refused:
        list(fetch_in_turn("x", [wrong, Wrong("c", "one")], parse, None, Budget(now=NOW, until=NOW)))
    assert refused.value.fatal  # nobody is left for whom another try is worth it


def test_while_a_source_rests_nobody_asks_for_its_deletions_and_the_status_says_until_when(
    played: Callable[..., Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    town = played(deletions=Deletions(every=timedelta(days=1), a_day=500))
    monkeypatch.setattr("escucha.commands.status.now", lambda: town.clock)
    town.collect(Page(raws=(raw("1"),), cursor={}))
    until = town.clock + timedelta(hours=26)
    town.collect(Page(cursor={"streams": {}, "rests": {"search": until.isoformat()}}), after=timedelta(minutes=1))
    town.collect(after=timedelta(hours=25))
    assert town.asked == []
    assert status(town.context)["sources"]["x"]["rests_until"] == until.isoformat()
    assert f"rate limit: paused until {until:%Y-%m-%d %H:%M} UTC" in format_text(status(town.context))
    town.collect(after=timedelta(hours=1))
    assert town.asked == [["1"]]
    assert status(town.context)["sources"]["x"]["rests_until"] is None
