"""Test what stops a stream whose records cannot be read, and how it goes on.

Which fields a message needs: `test_collectors_essential_fields.py`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from collectors.drift import DriftMonitor, accept_next_page, is_far_fewer, stopped_streams
from collectors.paging.cursor import SourceCursor, State
from collectors.paging.scheduler import Step, fetch_in_turn, unreadable_gap
from collectors.parsing import Item, id_of, parse_date, parse_record
from core.errors import AnswerChangedError, SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Rejected
from tests.support.collector_runs import NOW


def raw_of(item: Item, received_at: Any) -> Raw:
    return Raw(
        source="played", native_id=id_of(item, "id"), text=item["said"]["text"], created_at=parse_date(item["at"]), received_at=received_at
    )


def parse(raw_json: Json) -> Raw | Rejected:
    return parse_record("played", raw_json, raw_of)


def good(number: int) -> Item:
    return {"id": number, "said": {"text": "Hay un bache"}, "at": NOW.isoformat()}


def bad(number: int) -> Item:
    return {"id": number, "said": {"words": "Hay un bache"}, "at": NOW.isoformat()}


def empty(number: int) -> Item:
    return {"id": number, "said": {"text": " "}, "at": NOW.isoformat()}


@dataclass
class Listed:
    """A stream whose state is how many pages of it were read."""

    name: str
    pages: Sequence[list[Item]]
    group: str = "all"
    asked: list[int] = field(default_factory=list)

    def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
        for number in range(state.get("read", 0), len(self.pages)):
            self.asked.append(number)
            yield Step(self.pages[number], {"read": number + 1}, None)


@dataclass
class Done:
    pages: list[Page]
    error: SourceError | None
    cursor: Any

    @property
    def ids(self) -> list[str]:
        return [raw.native_id for page in self.pages for raw in page.raws]


def read(cursor: Any, *streams: Listed, hours: float = 0, pays: bool = False, usual: tuple[str, ...] = ()) -> Done:
    at = NOW + timedelta(hours=hours)
    pages: list[Page] = []
    error = None
    try:
        pages.extend(fetch_in_turn("played", streams, parse, cursor, Budget(now=at, until=at), pays=pays, usual=lambda: usual))
    except SourceError as failed:
        error = failed
    last = pages[-1].cursor if pages else cursor
    return Done(pages, error, json.loads(json.dumps(last)))


def test_a_page_of_which_nothing_can_be_read_stops_before_its_cursor_moves_and_names_the_field() -> None:
    stream = Listed("list", [[good(1), good(2)], [bad(n) for n in range(3, 13)], [good(20)]])
    done = read(None, stream)
    assert isinstance(done.error, AnswerChangedError)
    assert "list: none of the 10 records of page 2 can be parsed: missing_field: said.text (10 times)" in str(done.error)
    assert "escucha collect --source played --accept-rejects" in str(done.error)
    assert "bache" not in str(done.error)
    assert (done.cursor["streams"]["list"], stream.asked) == ({"read": 1}, [0, 1])
    assert [page.rejects for page in done.pages if page.rejects] == []


def test_other_streams_are_read_all_the_same_and_the_run_says_what_was_wrong() -> None:
    broken, whole = Listed("broken", [[bad(n) for n in range(9)]]), Listed("whole", [[good(n) for n in range(50, 53)]])
    done = read(None, broken, whole)
    assert done.ids == ["50", "51", "52"]
    assert isinstance(done.error, AnswerChangedError)
    assert not done.error.fatal, "of this source something can be read"


def test_where_answers_cost_money_the_streams_of_the_same_group_are_left_in_peace() -> None:
    streams = [Listed(f"query {n}", [[bad(n) for n in range(9)]]) for n in range(4)]
    read(None, *streams, pays=True)
    assert [len(one.asked) for one in streams] == [1, 0, 0, 0]


def test_what_costs_money_is_tried_again_ever_more_seldom_and_what_is_free_every_hour() -> None:
    for pays, tries in ((True, 6), (False, 48)):
        stream, cursor = Listed("list", [[bad(n) for n in range(9)]]), None
        for quarter in range(2 * 24 * 4):
            done = read(cursor, stream, hours=quarter / 4, pays=pays)
            assert isinstance(done.error, AnswerChangedError), "red in every run, also in those that ask nothing"
            cursor = done.cursor
        assert len(stream.asked) == tries


def test_after_the_parser_is_mended_the_same_page_is_read() -> None:
    done = read(None, Listed("list", [[bad(n) for n in range(9)], [good(9)]]))
    mended = read(done.cursor, Listed("list", [[good(n) for n in range(9)], [good(9)]]), hours=1)
    assert mended.error is None
    assert mended.ids == [str(n) for n in range(10)]
    assert mended.pages[0].filled == (unreadable_gap("list"),)
    assert stopped_streams(mended.cursor) == {}


@pytest.mark.parametrize(
    "page",
    [
        [bad(1)],
        [bad(1), bad(2)],
        [bad(1), *(good(n) for n in range(2, 6))],
        [*(bad(n) for n in range(40)), *(good(n) for n in range(100, 150))],
        [empty(n) for n in range(100)],
        [{"id": n, "said": {"text": "x\0"}, "at": NOW.isoformat()} for n in range(50)],
    ],
    ids=["one alone", "two alone", "one of five", "forty of ninety", "a hundred without text", "fifty that are no text"],
)
def test_what_people_write_and_single_odd_records_stop_nothing(page: list[Item]) -> None:
    done = read(None, Listed("list", [[good(n) for n in range(1000, 1100)], page, [good(2000)]]))
    assert done.error is None
    assert done.ids[-1] == "2000"


def test_a_field_that_is_there_and_empty_stops_the_stream_after_some_pages() -> None:
    """One page of pictures without words is usual somewhere; page after page of nothing is a changed answer."""
    usual = [good(n) for n in range(1000, 1100)]
    barren = [[empty(n) for n in range(page * 100, page * 100 + 100)] for page in range(20)]
    stream = Listed("list", [usual, *barren])
    done = read(None, stream)
    assert isinstance(done.error, AnswerChangedError)
    assert "none of the 100 records of page 4 can be parsed: empty_text (100 times)" in str(done.error)
    assert stream.asked == [0, 1, 2, 3]
    passed = read(accept_next_page(done.cursor), Listed("list", [usual, *barren[:4], [good(1)]]), hours=2)
    assert passed.error is None


def test_a_first_read_whose_texts_are_all_there_and_empty_stops_before_its_cursor_moves() -> None:
    """Nothing was stored, nothing said, and the mark moved on."""
    page = [empty(n) for n in range(100)]
    done = read(None, Listed("list", [page, [good(n) for n in range(100, 200)]]))
    assert "none of the 100 records of page 1 can be parsed: empty_text (100 times)" in str(done.error)
    assert (done.ids, done.cursor["streams"]["list"]) == ([], {})
    passed = read(accept_next_page(done.cursor), Listed("list", [page, [good(1)]]), hours=2)
    assert (passed.error, passed.ids) == (None, ["1"])


@pytest.mark.parametrize("page", [[empty(n) for n in range(19)], [*(empty(n) for n in range(99)), good(99)]])
def test_a_first_read_of_few_texts_or_of_one_with_words_goes_on(page: list[Item]) -> None:
    assert read(None, Listed("list", [page, [good(200)]])).error is None


def test_a_first_read_whose_usual_field_is_there_and_empty_in_all_records_stops() -> None:
    hollow = [spoken(n, thread="") for n in range(100)]
    done = read(None, Listed("list", [hollow]), usual=USUAL)
    assert "list: page 1 lacks a field that nearly all had: thread (100 of 100 records)" in str(done.error)
    assert (done.ids, done.cursor["streams"]["list"]) == ([], {})


def test_a_first_read_of_which_most_is_unreadable_stops_before_its_cursor_moves() -> None:
    """The review's own numbers: 90 of 100 without text were passed over, 10 stored, and the mark moved on."""
    page = [*(good(n) for n in range(10)), *(bad(n) for n in range(10, 100))]
    done = read(None, Listed("list", [page]))
    assert "list: only 10 of the 100 records of page 1 can be parsed: missing_field: said.text (90 times)" in str(done.error)
    assert (done.ids, done.cursor["streams"]["list"]) == ([], {})
    mended = read(done.cursor, Listed("list", [[good(n) for n in range(100)]]), hours=1)
    assert (mended.error, len(mended.ids)) == (None, 100)


def spoken(number: int, **more: Any) -> Item:
    return {**good(number), "thread": f"t{number}", "said": {"text": "Hay un bache", "lang": None}, **more}


def mute(number: int) -> Item:
    return {key: value for key, value in spoken(number).items() if key != "thread"}


USUAL = ("thread", "said.lang?")


def test_a_first_read_without_a_field_that_nearly_every_record_has_stops_and_names_it_and_the_page() -> None:
    done = read(None, Listed("list", [[mute(n) for n in range(100)]]), usual=USUAL)
    assert isinstance(done.error, AnswerChangedError)
    assert "list: page 1 lacks a field that nearly all had: thread (100 of 100 records)" in str(done.error)
    assert "--accept-rejects" in str(done.error)
    assert (done.ids, done.cursor["streams"]["list"]) == ([], {})


def test_a_field_that_goes_later_stops_too_and_a_field_that_may_be_null_must_be_there() -> None:
    whole = [spoken(n) for n in range(100)]
    renamed = [spoken(n, said={"text": "Hay un bache", "language": "es"}) for n in range(100, 140)]
    done = read(None, Listed("list", [whole, renamed]), usual=USUAL)
    assert "list: page 2 lacks a field that nearly all had: said.lang (40 of 40 records)" in str(done.error)
    assert len(done.ids) == 100
    mended = read(done.cursor, Listed("list", [whole, [spoken(n) for n in range(100, 140)]]), hours=1, usual=USUAL)
    assert (mended.error, len(mended.ids)) == (None, 40)


def test_records_without_a_field_that_come_one_by_one_stop_at_the_third_and_the_same_one_again_does_not() -> None:
    pages = [[spoken(n) for n in range(50)]]
    cursor: Any = read(None, Listed("list", pages), usual=USUAL).cursor
    for number in (50, 51, 52):
        for _ in range(4):  # the same record in four runs is one record
            again = {**cursor, "streams": {"list": {"read": len(pages)}}}
            done = read(again, Listed("list", [*pages, [mute(number)]]), hours=number, usual=USUAL)
            assert (done.error is None) is (number < 52)
        pages.append([mute(number)])
        cursor = done.cursor


@pytest.mark.parametrize(
    "page",
    [[mute(1), mute(2)], [*(mute(n) for n in range(40)), *(spoken(n) for n in range(40, 100))], [*(mute(n) for n in range(5)), spoken(9)]],
    ids=["two alone", "forty of a hundred", "five of six on a first read"],
)
def test_some_records_without_the_field_stop_nothing(page: list[Item]) -> None:
    assert read(None, Listed("list", [page, [spoken(n) for n in range(200, 300)]]), usual=USUAL).error is None


def test_a_person_s_word_lets_a_stream_go_on_without_the_field_until_it_is_usual_again() -> None:
    pages = [[mute(n) for n in range(page * 100, page * 100 + 100)] for page in range(3)]
    done = read(None, Listed("list", pages), usual=USUAL)
    passed = read(accept_next_page(done.cursor), Listed("list", pages), hours=1, usual=USUAL)
    assert (passed.error, len(passed.ids)) == (None, 300)
    pages += [[spoken(n) for n in range(page * 100, page * 100 + 100)] for page in range(3, 20)]
    back = read(passed.cursor, Listed("list", pages), hours=2, usual=USUAL)
    gone = read(back.cursor, Listed("list", [*pages, [mute(n) for n in range(5000, 5100)]]), hours=3, usual=USUAL)
    assert (back.error, "thread (100 of 100 records)" in str(gone.error)) == (None, True)


def test_far_fewer_than_usual_is_enough() -> None:
    usual = [good(n) for n in range(1000, 1100)]
    page = [*(bad(n) for n in range(60)), *(good(n) for n in range(100, 140))]
    done = read(None, Listed("list", [usual, page]))
    assert "only 40 of the 100 records of page 2 can be parsed (usually 100 %)" in str(done.error)


def test_a_stream_in_which_many_records_are_odd_does_not_stop_for_ever() -> None:
    """Two of three records of this network were never readable: that is usual here, and no alarm."""
    pages = [[bad(10 * n), bad(10 * n + 1), good(10 * n + 2)] for n in range(60)]
    assert read(None, Listed("list", pages)).error is None


def test_records_that_come_one_by_one_stop_at_the_third_and_none_of_them_is_lost() -> None:
    cursor: Any = read(None, Listed("list", [[good(1)]])).cursor
    pages = [[good(1)]]
    for number in (2, 3, 4):
        pages.append([bad(number)])
        done = read(cursor, Listed("list", pages), hours=number)
        cursor = done.cursor
        assert (done.error is None) is (number < 4)
    mended = read(cursor, Listed("list", [[good(n)] for n in (1, 2, 3, 4)]), hours=9)
    assert mended.ids == ["2", "3", "4"], "read again from before the first of them"


def test_one_odd_record_that_comes_in_every_run_is_one_record() -> None:
    cursor: Any = None
    for hours in range(30):
        done = read({**(cursor or {}), "streams": {}}, Listed("list", [[bad(7)]]), hours=hours)
        assert done.error is None
        cursor = done.cursor


def test_a_person_s_word_lets_the_page_pass_and_what_was_passed_is_usual_then() -> None:
    pages = [[bad(n) for n in range(10 * page, 10 * page + 10)] for page in range(4)]
    done = read(None, Listed("list", pages))
    passed = read(accept_next_page(done.cursor), Listed("list", pages), hours=0.1)
    assert passed.error is None
    assert sum(len(page.rejects) for page in passed.pages) == 40
    assert "accepted" not in passed.cursor


def test_a_collector_that_stumbles_over_an_answer_stops_its_stream_alone_and_quotes_nothing() -> None:
    class Stumbling(Listed):
        def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
            yield from super().fetch_pages(state, page_quota, budget)
            raise ValueError("secret words of a citizen")

    done = read(None, Stumbling("odd", [[good(1)]]), Listed("whole", [[good(2)]]))
    assert done.ids == ["1", "2"]
    assert "the response cannot be parsed (ValueError)" in str(done.error)
    assert "secret" not in str(done.error)


def test_one_refusal_of_many_streams_is_told_once() -> None:
    @dataclass
    class Refused(Listed):
        def fetch_pages(self, state: State, page_quota: int, budget: Budget) -> Iterator[Step]:
            raise SourceError("asks for a key")
            yield

    done = read(None, *(Refused(f"query {n}", [], group=f"{n}") for n in range(3)))
    assert str(done.error) == "asks for a key"


def test_the_judge_by_its_numbers() -> None:
    assert is_far_fewer(0, 3, (0, 0))
    assert not is_far_fewer(0, 2, (500, 0))
    assert is_far_fewer(1, 99, (0, 0)), "of a first page, too, most must be readable"
    assert not is_far_fewer(60, 40, (0, 0))
    assert not is_far_fewer(2, 5, (0, 0)), "seven records tell nothing yet, where some are readable"
    assert is_far_fewer(1, 99, (400, 100))
    assert not is_far_fewer(0, 6, (50, 450))
    assert is_far_fewer(0, 100, (50, 450))
    assert not is_far_fewer(0, 500, (0, 500)), "what was said to be usual"


def test_what_is_kept_of_the_past_stays_small() -> None:
    watch = DriftMonitor("played", NOW, False, {}, {}, {})
    for page in range(50):
        items = [good(n) for n in range(100)]
        watch.page("list", f"page {page}", {}, items, [parse({"item": one, "place": "", "received_at": NOW.isoformat()}) for one in items])
    kept = SourceCursor(records=watch.records, doubts=watch.doubts, stopped=watch.stopped, barren=watch.barren)
    assert len(json.dumps(kept.as_json())) < 60
