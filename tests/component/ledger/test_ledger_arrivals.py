"""What comes in: new, known, changed and erased posts, the cursor, refused records, gaps and money."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import BudgetSpentError
from core.privacy.pseudonyms import keyed_hash
from core.records.collection import Gap
from core.records.post import Raw, Rejected
from ledger import leases, read
from ledger.database import Ledger
from ledger.ingest import cursors, gaps, spending, store
from ledger.ingest.spending import Limits
from ledger.processing import annotations, decisions
from ledger.retention import forget
from tests.support.ledger_facts import (
    HOUR,
    NOW,
    arrive,
    decide,
    into_case,
    no_case,
    opened_case,
    post,
    read_all,
    unbalanced,
    upstream_deleted,
)

pytest_plugins = ("tests.support.ledger_fixtures",)


def test_a_page_is_stored_with_its_cursor(ledger: Ledger) -> None:
    run_id = cursors.begin_run(ledger, "archive", NOW)
    assert cursors.read_cursor(ledger, "archive") is None
    counts = store.store_page(ledger, run_id, "archive", [post(1), post(2)], [], {"line": 2}, None, NOW)
    assert counts == store.Counts(stored=2, duplicate=0, updated=0, rejected=0)
    assert cursors.read_cursor(ledger, "archive") == {"line": 2}
    assert read.post_of(ledger, post(1).post_id) == post(1).model_copy(update={"origin": ""})
    assert read.origin_of(ledger, post(1).post_id) == "sealed-archive-1"


def test_the_same_page_again_counts_duplicates_only(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    run_id = cursors.begin_run(ledger, "archive", NOW)
    counts = store.store_page(ledger, run_id, "archive", [post(2), post(1), post(2)], [], {"line": 2}, None, NOW)
    assert counts == store.Counts(stored=0, duplicate=3, updated=0, rejected=0)
    assert unbalanced(ledger) == []


def test_a_run_that_was_overtaken_stores_nothing(ledger: Ledger, other: Ledger) -> None:
    slow = cursors.begin_run(ledger, "archive", NOW)
    fast = cursors.begin_run(other, "archive", NOW)
    store.store_page(other, fast, "archive", [post(1)], [], {"line": 1}, None, NOW)
    with pytest.raises(cursors.CursorMovedError):
        store.store_page(ledger, slow, "archive", [post(1), post(2)], [], {"line": 2}, None, NOW)
    assert cursors.read_cursor(ledger, "archive") == {"line": 1}
    assert read.count_posts(ledger) == 1
    store.store_page(other, fast, "archive", [post(2)], [], {"line": 2}, None, NOW)
    assert unbalanced(ledger) == []


def test_a_post_twice_in_one_page_is_stored_once(ledger: Ledger) -> None:
    run_id = cursors.begin_run(ledger, "archive", NOW)
    counts = store.store_page(ledger, run_id, "archive", [post(1), post(1)], [], {}, None, NOW)
    assert counts == store.Counts(stored=1, duplicate=1, updated=0, rejected=0)


def test_a_changed_text_is_read_again_and_decided_again(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    decide(ledger, [no_case(post(1))])
    before = read.post_record(ledger, post(1).post_id)
    run_id = cursors.begin_run(ledger, "archive", NOW)
    edited = post(1, text="Era en la calle de Goya", edited_at=NOW)
    counts = store.store_page(ledger, run_id, "archive", [edited], [], {}, None, NOW)
    after = read.post_record(ledger, post(1).post_id)
    assert counts == store.Counts(stored=0, duplicate=0, updated=1, rejected=0)
    assert before is not None
    assert after is not None
    assert (after.text, after.edited_at, after.sentiment, after.decision) == ("Era en la calle de Goya", NOW, None, "untriaged")
    assert after.version > before.version
    assert [one.text for one in annotations.claim_pending(ledger, "r", 10, NOW, HOUR)] == ["Era en la calle de Goya"]
    assert unbalanced(ledger) == []


def test_a_changed_post_stays_in_its_case_and_takes_its_old_words_out_of_the_title(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), post(2))
    arrive(ledger, [post(1, text="otra cosa", edited_at=NOW)])
    fact, case = read.post_record(ledger, post(1).post_id), read.case_record(ledger, key)
    assert fact is not None
    assert case is not None
    assert (fact.decision, fact.case_key, case.posts, case.title) == ("in_case", key, 2, "Calle de Alcalá")
    assert unbalanced(ledger) == []


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({"text": "v1"}, {"text": "v2"}, "v2"),
        ({"text": "v1"}, {"text": "v2", "edited_at": NOW}, "v2"),
        ({"text": "v2", "edited_at": NOW}, {"text": "v1"}, "v2"),
        ({"text": "v3", "edited_at": NOW}, {"text": "v2", "edited_at": NOW - HOUR}, "v3"),
        ({"text": "v2", "edited_at": NOW - HOUR}, {"text": "v3", "edited_at": NOW}, "v3"),
        # networks date edits to the second: of two within one, the one read last is what stands there now
        ({"text": "v2", "edited_at": NOW}, {"text": "v3", "edited_at": NOW}, "v3"),
    ],
    ids=["no dates", "first edit", "original after edit", "older edit after newer", "newer edit", "same second"],
)
def test_the_last_edit_wins_whatever_the_order(ledger: Ledger, first: dict[str, Any], second: dict[str, Any], kept: str) -> None:
    arrive(ledger, [post(1, **first)])
    arrive(ledger, [post(1, **second)])
    arrive(ledger, [post(2, **first), post(2, **second)])
    assert [fact.text for fact in read.post_records(ledger)] == [kept, kept]
    assert unbalanced(ledger) == []


def test_an_erased_post_does_not_come_back(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    run_id = cursors.begin_run(ledger, "archive", NOW)
    counts = store.store_page(ledger, run_id, "archive", [post(1), post(2)], [], {}, None, NOW)
    assert counts == store.Counts(stored=0, duplicate=1, updated=0, rejected=1)
    assert read.sources(ledger)[0].rejected == {"erased": 1}
    assert read.post_of(ledger, post(1).post_id) is None
    assert unbalanced(ledger) == []


def test_a_post_deleted_upstream_before_it_came_never_comes_in(ledger: Ledger) -> None:
    assert upstream_deleted(ledger, "archive", [post(1).post_id], NOW) == 0
    arrive(ledger, [post(1), post(2)])
    assert [fact.post_id for fact in read.post_records(ledger)] == [post(2).post_id]
    assert unbalanced(ledger) == []


def test_a_refused_record_leaves_its_place_and_a_keyed_hash_but_no_text(ledger: Ledger) -> None:
    run_id = cursors.begin_run(ledger, "archive", NOW)
    refused = Rejected.of("archive", "file.jsonl:17", "bad_json", "{canary text")
    counts = store.store_page(ledger, run_id, "archive", [], [refused], {"line": 17}, None, NOW)
    assert counts.rejected == 1
    _, (row,) = read.refused(ledger, "archive")
    assert (row.place, row.reason, row.size, row.run_id) == ("file.jsonl:17", "bad_json", 12, run_id)
    with ledger.read() as connection:
        (digest,) = connection.exec_driver_sql("SELECT digest FROM rejects").scalars()
    assert digest == keyed_hash(ledger.salt, "record", refused.digest)
    assert digest != refused.digest
    assert unbalanced(ledger) == []


def test_only_a_hidden_post_is_taken(ledger: Ledger) -> None:
    raw = Raw(source="archive", native_id="1", text="soy @vecina", created_at=NOW, received_at=NOW, handle="@vecina")
    run_id = cursors.begin_run(ledger, "archive", NOW)
    with pytest.raises(TypeError, match=r"core\.privacy\.pseudonymise"):
        store.store_page(ledger, run_id, "archive", [raw], [], {}, None, NOW)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="x in a page of archive"):
        store.store_page(ledger, run_id, "archive", [post(1, source="x")], [], {}, None, NOW)
    assert read.count_posts(ledger) == 0


def test_a_gap_is_written_with_its_page_and_closed_later(ledger: Ledger) -> None:
    run_id = cursors.begin_run(ledger, "x", NOW)
    gap = Gap(stream="Madrid", newer_than="10", older_than="90", reason="page_cap")
    store.store_page(ledger, run_id, "x", [post(1, source="x")], [], {}, gap, NOW)
    (found,) = gaps.open_gaps(ledger, "x")
    assert (found.stream, found.newer_than, found.older_than, found.reason) == ("Madrid", "10", "90", "page_cap")
    store.store_page(ledger, run_id, "x", [], [], {}, None, NOW, filled=["Madrid"])
    assert gaps.open_gaps(ledger, "x") == []
    assert [one.state for one in read.gaps(ledger)] == ["filled"]


def test_money_is_counted_by_day_and_month_and_refused_over_the_limit(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW - timedelta(days=30), 5, 9.0, Limits(monthly_usd=10))  # 25 October: another month
    spending.spend(ledger, "x", NOW - timedelta(days=1), 2, 0.30, Limits(monthly_usd=1))
    spending.spend(ledger, "x", NOW, 1, 0.10, Limits(monthly_usd=1))
    spending.spend(ledger, "x", NOW, 1, 0.60, Limits(monthly_usd=1))
    with pytest.raises(BudgetSpentError, match="monthly_budget_usd = 1"):
        spending.spend(ledger, "x", NOW, 1, 0.01, Limits(monthly_usd=1))
    assert spending.spent(ledger, "x", NOW) == spending.Spent(day_requests=2, day_usd=0.7, month_requests=4, month_usd=1.0)


def test_requests_of_a_day_have_a_limit_too(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW, 3, 0.0, Limits(daily_requests=3))
    with pytest.raises(BudgetSpentError, match="3 requests"):
        spending.spend(ledger, "x", NOW, 1, 0.0, Limits(daily_requests=3))
    spending.spend(ledger, "x", NOW + timedelta(days=1), 1, 0.0, Limits(daily_requests=3))


def test_how_a_source_stands_is_told_with_all_its_counts(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    arrive(ledger, [post(2), post(3)])
    run_id = cursors.begin_run(ledger, "archive", NOW + HOUR)
    bad = Rejected.of("archive", "file:1", "bad_date", "x")
    store.store_page(ledger, run_id, "archive", [], [bad, bad], {}, None, NOW + HOUR)
    cursors.end_run(ledger, run_id, NOW + HOUR, "the network refused us")
    (state,) = read.sources(ledger)
    assert state.model_dump() == {
        "source": "archive",
        "received": 6,
        "stored": 3,
        "duplicate": 1,
        "updated": 0,
        "rejected": {"bad_date": 2},
        "newest": NOW - HOUR,
        "cursor_at": NOW + HOUR,
        "heard_at": NOW,
        "withdrawn": 0,
        "open_gaps": 0,
        "lost_gaps": 0,
        "last_run_at": NOW + HOUR,
        "last_outcome": "the network refused us",
    }


def test_a_page_that_comes_while_triage_decides_makes_no_case_of_an_old_text(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    read_all(ledger)
    assert leases.hold(ledger, "triage", "t", NOW, HOUR)
    decisions.untriaged(ledger, 10)
    arrive(ledger, [post(1, text="borrado", edited_at=NOW)])
    read_all(ledger)  # the new text is classified and untriaged, as the old one was
    assert decisions.store_decisions(ledger, "t", into_case(post(1), post(2)), NOW) == 0
    assert read.count_cases(ledger) == 0
    assert [one.post_id for one, _ in decisions.untriaged(ledger, 10)] == [post(2).post_id, post(1).post_id]
