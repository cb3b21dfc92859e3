"""Reading the ledger: exact rows for given rows, filters, orders and pages, and in few statements."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core.records.read_models import PostRecord
from ledger import read
from ledger.cases import corrections, workflow
from ledger.database import Ledger
from ledger.database.writing import engine_of
from ledger.processing import annotations
from tests.support.ledger_facts import (
    HOUR,
    LEASE,
    NOW,
    SOL,
    arrive,
    case_key,
    decide,
    into_case,
    no_case,
    opened_case,
    post,
    read_all,
    reading,
)

pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.fixture
def said(ledger: Ledger) -> Ledger:
    """Six posts: 1 to 4 of the archive, two of x; 4 and 3 in a case, 2 in review, 1 no case; x's first is unread."""
    arrive(ledger, [post(1), post(2, own=True), post(3, kind="comment", thread="t"), post(4, thread="t")])
    more: dict[str, Any] = {"source": "x", "language": "en", "replayed_from": NOW - timedelta(days=900)}
    arrive(ledger, [post(5, **more), post(6, **more)], source="x")
    claimed = {one.post_id: one for one in annotations.claim_pending(ledger, "r", 6, NOW, LEASE)}
    found = {
        6: reading(post(6, source="x"), places=(SOL,), sentiment="positive", intent="praise", language="en"),
        4: reading(post(4), topic="noise"),
        3: reading(post(3)),
        2: reading(post(2), actionable=False),
    }
    assert {post(1).post_id, post(5, source="x").post_id, *(one.post_id for one in found.values())} == set(claimed)
    annotations.store_annotations(ledger, "r", list(found.values()), [], NOW)
    decide(ledger, [*into_case(post(4), post(3)), no_case(post(2), "in_review")])
    read.steps(ledger)
    return ledger


def _n(facts: list[PostRecord]) -> list[str]:
    """Posts in short: source's first letter and number."""
    return [f"{fact.source[0]}{int(fact.post_id[8:], 16)}" for fact in facts]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["a1", "a2", "a3", "a4", "x5", "x6"]),
        ({"since": NOW - 3 * HOUR}, ["a1", "a2", "a3"]),
        ({"until": NOW - 3 * HOUR}, ["a4", "x5", "x6"]),
        ({"source": "x"}, ["x5", "x6"]),
        ({"kind": "comment"}, ["a3"]),
        ({"own": True}, ["a2"]),
        ({"replay": True}, ["x5", "x6"]),
        ({"replay": False}, ["a1", "a2", "a3", "a4"]),
        ({"thread": "t"}, ["a3", "a4"]),
        ({"author": f"{0:032x}"}, ["a3", "x6"]),
        ({"state": "pending"}, ["a1", "x5"]),
        ({"state": "classified"}, ["a2", "a3", "a4", "x6"]),
        ({"decision": "in_case"}, ["a3", "a4"]),
        ({"decision": "in_review"}, ["a2"]),
        ({"case_key": case_key(post(4))}, ["a3", "a4"]),
        ({"topic": "noise"}, ["a4"]),
        ({"sentiment": "positive"}, ["x6"]),
        ({"intent": "complaint", "actionable": True}, ["a3", "a4"]),
        ({"relevance": True, "topic": "roads_pavements"}, ["a2", "a3", "x6"]),
        ({"district": "Centro"}, ["x6"]),
        ({"barrio": "Goya"}, ["a2", "a3", "a4"]),
        ({"language": "en"}, ["x5", "x6"]),
        ({"text": "alcalá (3"}, ["a3"]),
        ({"text": "100%"}, []),
        ({"source": None, "topic": None, "text": None}, ["a1", "a2", "a3", "a4", "x5", "x6"]),
    ],
    ids=lambda value: ",".join(map(str, value)) if isinstance(value, dict) else "",
)
def test_each_filter_leaves_exactly_its_posts(said: Ledger, filters: dict[str, object], expected: list[str]) -> None:
    assert _n(list(read.post_records(said, **filters))) == expected  # type: ignore[arg-type]
    assert read.count_posts(said, **filters) == len(expected)  # type: ignore[arg-type]


def test_posts_come_in_the_order_and_the_piece_that_was_asked_for(said: Ledger) -> None:
    assert _n(list(read.post_records(said, order="oldest", limit=2, offset=1))) == ["x5", "a4"]
    assert _n(list(read.post_records(said, order="received", limit=1))) == ["a1"]
    corrections.correct(said, post(2).post_id, "actionable", True, "ana", "", NOW)
    assert _n(list(read.post_records(said, order="actionable"))) == ["a2", "a3", "a4", "x6", "a1", "x5"]


def test_a_post_is_told_with_everything_that_is_known_of_it(said: Ledger) -> None:
    corrections.correct(said, post(4).post_id, "topic", "waste_cleaning", "ana", "", NOW)
    fact = read.post_record(said, post(4).post_id)
    assert fact is not None
    assert fact.model_dump(exclude={"version", "places", "text"}) == {
        "post_id": post(4).post_id,
        "source": "archive",
        "kind": "post",
        "own": False,
        "replay": False,
        "author": f"{1:032x}",
        "created_at": NOW - 4 * HOUR,
        "received_at": NOW - 4 * HOUR + timedelta(minutes=5),
        "edited_at": None,
        "replayed_from": None,
        "thread": "t",
        "reply_to": None,
        "language": "es",
        "sentiment": "negative",
        "sentiment_score": 0.9,
        "intent": "complaint",
        "intent_score": 0.9,
        "topic": "waste_cleaning",
        "topic_score": 1.0,
        "actionable": True,
        "actionable_score": 0.9,
        "relevance": True,
        "relevance_score": 0.9,
        "case_kind": None,
        "case_kind_reason": None,
        "spam": None,
        "spam_score": None,
        "sensitive": None,
        "model": "reader@1",
        "corrected": ("topic",),
        "place": "Calle de Alcalá",
        "district": "Salamanca",
        "barrio": "Goya",
        "lat": 40.42,
        "lon": -3.68,
        "decision": "in_case",
        "reason": "act: actionable 0.90 >= 0.80",
        "likes": None,
        "shares": None,
        "replies": None,
        "views": None,
        "followers_band": None,
        "style": None,
        "delay_hours": pytest.approx(5 / 60),
        "confirmed": (),
        "changed": ("topic",),
        "topic_certainty": 0.9,
        "actionable_certainty": 0.9,
        "case_key": case_key(post(4)),
        "month": "2026.11",
    }


def test_a_conversation_has_its_first_message_too(ledger: Ledger) -> None:
    first = post(9)
    arrive(ledger, [first, post(8, thread=first.post_id), post(7, thread=first.post_id), post(6)])
    assert _n(read.thread(ledger, first.post_id)) == ["a9", "a8", "a7"]


def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert read.post_record(ledger, "x") is None
    assert read.post_of(ledger, "x") is None
    assert read.annotation_of(ledger, "x") is None
    assert read.origin_of(ledger, "x") is None
    assert read.case_record(ledger, "x") is None
    assert read.model_in_use(ledger) is None
    assert read.sources(ledger) == []
    assert read.any_replay(ledger) is False
    assert set(read.PostCounts(ledger).values().values()) == {()}


def test_cases_are_filtered_ordered_and_counted(ledger: Ledger) -> None:
    first, second, third = (opened_case(ledger, post(n)) for n in (3, 2, 1))
    workflow.change(ledger, second, "resolved", "ana", "", NOW)
    workflow.change(ledger, third, "assigned", "ana", "", NOW, department="Limpieza")
    found = {
        "all": [fact.case_key for fact in read.case_records(ledger)],
        "open": [fact.case_key for fact in read.case_records(ledger, open_only=True, order="due")],
        "resolved": [fact.case_key for fact in read.case_records(ledger, state="resolved")],
        "limpieza": [fact.case_key for fact in read.case_records(ledger, department="Limpieza")],
        "page": [fact.case_key for fact in read.case_records(ledger, order="oldest", limit=1, offset=1)],
        "since": [fact.case_key for fact in read.case_records(ledger, since=post(2).received_at)],
        "until": [fact.case_key for fact in read.case_records(ledger, until=post(2).received_at)],
        "overdue": [fact.case_key for fact in read.case_records(ledger, due_before=NOW + 46 * HOUR)],
        "elsewhere": [fact.case_key for fact in read.case_records(ledger, district="Centro")],
    }
    assert found == {
        "all": [third, second, first],
        "open": [first, third],
        "resolved": [second],
        "limpieza": [third],
        "page": [second],
        "since": [third, second],
        "until": [first],
        "overdue": [first],
        "elsewhere": [],
    }
    assert read.count_cases(ledger) == 3
    assert read.count_cases(ledger, open_only=True, due_before=NOW + 46 * HOUR) == 1


def test_how_far_the_work_has_got_is_counted(said: Ledger) -> None:
    assert read.steps(said).model_dump() == {
        "pending": 2,
        "classified": 4,
        "quarantined": 0,
        "erased": 0,
        "untriaged": 1,
        "in_case": 2,
        "in_review": 1,
        "no_case": 0,
        "index_pending": 5,
        "index_refused": 0,
        "deliveries": 0,
        "answers": 0,
        "answers_sending": 0,
        "cases": 1,
        "open_cases": 1,
    }


def test_what_there_is_to_choose_from_is_listed(said: Ledger) -> None:
    values = read.PostCounts(said).values()
    assert [values[name] for name in ("source", "district", "language")] == [("archive", "x"), ("Centro", "Salamanca"), ("en", "es")]
    assert read.any_replay(said) is True


def test_what_runs_did_is_listed_newest_first(ledger: Ledger) -> None:
    first, second = arrive(ledger, [post(1)]), arrive(ledger, [post(1), post(2)], now=NOW + HOUR)
    assert [(run.run_id, run.received, run.stored, run.duplicate, run.outcome) for run in read.runs(ledger)] == [
        (second, 2, 1, 1, "done"),
        (first, 1, 1, 0, "done"),
    ]


def test_a_list_is_of_one_moment_even_when_others_write_meanwhile(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    listing = read.post_records(ledger)
    assert next(listing).post_id == post(1).post_id
    arrive(other, [post(3)])
    assert [fact.post_id for fact in listing] == [post(2).post_id]


def test_a_page_of_posts_costs_as_many_statements_as_one_post_of_it(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(120)])
    read_all(ledger)
    assert statements(ledger, limit=1, offset=0) == statements(ledger, limit=50, offset=60)


def statements(ledger: Ledger, limit: int, offset: int) -> int:
    """Return how many statements a list of posts costs."""
    sent: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine_of(ledger), "before_cursor_execute", count)
    try:
        assert len(list(read.post_records(ledger, limit=limit, offset=offset))) == limit
    finally:
        event.remove(engine_of(ledger), "before_cursor_execute", count)
    assert sent
    return len(sent)
