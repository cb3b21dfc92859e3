"""The identity: every line holds after honest work, and every line shows the damage it is there for."""

import pytest

from core.records.annotation import Quarantined
from core.records.post import Rejected
from ledger import indexing, reconciliation
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import deliveries
from ledger.ingest import cursors, store
from ledger.processing import annotations
from ledger.retention import forget
from tests.support.ledger_facts import LEASE, NOW, arrive, decide, no_case, opened_case, post, reading, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def _busy(ledger: Ledger) -> set[str]:
    """A ledger with a bit of everything; the documents an engine would hold."""
    key = opened_case(ledger, post(10), post(9), system="rt")
    (one,) = deliveries.claim(ledger, "rt", "w", 9, NOW, LEASE)
    deliveries.mark_sent(ledger, one.id, "61", NOW)
    arrive(ledger, [post(n) for n in range(1, 8)])
    arrive(ledger, [post(1, source="x")], source="x")
    run_id = cursors.begin_run(ledger, "x", NOW)
    bad = Rejected.of("x", "page 1 item 2", "bad_date", "x")
    store.store_page(ledger, run_id, "x", [post(1, source="x"), post(2, source="x")], [bad], {}, None, NOW)
    claimed = annotations.claim_pending(ledger, "r", 4, NOW, LEASE)
    annotations.store_annotations(
        ledger, "r", [reading(one) for one in claimed[1:]], [Quarantined(post_id=claimed[0].post_id, reason="poison")], NOW
    )
    decide(ledger, [no_case(claimed[1]), no_case(claimed[2], "in_review")])
    work = indexing.claim_unindexed(ledger, "i", 3, NOW, LEASE)
    indexing.mark_written(ledger, "i", work, {}, (), NOW)
    forget.erase_post(ledger, post(10).post_id, "erasure", NOW)
    arrive(ledger, [post(10)])
    return {fact.post_id for fact in work.posts} | {key}


def test_after_honest_work_every_line_holds(ledger: Ledger) -> None:
    documents = _busy(ledger)
    lines = {line.name: (line.left, line.right, line.ok) for line in reconciliation.balance_sheet(ledger, documents)}
    assert lines[reconciliation.ARRIVED] == (14, 14, True)  # 2 + 7 + 1 + 3 + the erased one again
    assert lines[reconciliation.KEPT] == (11, 11, True)
    assert lines[reconciliation.DECIDED] == (4, 4, True)  # 3 read by hand, 1 left in the case
    assert lines[f"x: {reconciliation.ARRIVED}"] == (4, 4, True)
    assert lines[f"archive: {reconciliation.KEPT}"] == (9, 9, True)
    assert lines["runs = runs that balance"] == (5, 5, True)
    assert lines[reconciliation.IN_CASES] == (1, 1, True)
    assert lines["posts counted in cases = posts of cases + erased"] == (2, 2, True)
    assert lines[reconciliation.DELIVERED] == (1, 1, True)
    assert lines[reconciliation.REFERENCES] == (1, 1, True)
    assert all(ok for _, _, ok in lines.values())


def test_without_an_engine_its_line_has_no_right_side_and_does_not_count(ledger: Ledger) -> None:
    _busy(ledger)
    (line,) = [line for line in reconciliation.balance_sheet(ledger, None) if line.right is None]
    assert (line.name, line.ok) == (reconciliation.DOCUMENTS, None)


DAMAGE: dict[str, tuple[tuple[str, ...], str]] = {
    "a post lost": (
        (
            "DELETE FROM origins WHERE post_id = (SELECT min(post_id) FROM posts WHERE state = 'pending')",
            "DELETE FROM posts WHERE post_id = (SELECT min(post_id) FROM posts WHERE state = 'pending')",
        ),
        reconciliation.KEPT,
    ),
    "a refused record lost": (("DELETE FROM rejects",), reconciliation.ARRIVED),
    "a reading lost": (
        ("DELETE FROM annotations WHERE post_id = (SELECT min(post_id) FROM posts WHERE state = 'classified')",),
        reconciliation.DECIDED,
    ),
    "a post out of its case": (("DELETE FROM delivery_posts", "DELETE FROM case_posts"), reconciliation.IN_CASES),
    "a post forgotten by its decision": (("UPDATE posts SET decision = 'untriaged' WHERE decision = 'in_case'",), reconciliation.IN_CASES),
    "a tombstone lost": (("DELETE FROM tombstones",), reconciliation.KEPT),
    "a delivery lost": (("DELETE FROM delivery_posts", "DELETE FROM deliveries"), reconciliation.DELIVERED),
    "a state nobody knows": (
        ("UPDATE posts SET index_state = 'lost' WHERE post_id = (SELECT min(post_id) FROM posts WHERE state = 'classified')",),
        reconciliation.FILLED,
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_shows_in_the_line_that_is_there_for_it(ledger: Ledger, damage: str) -> None:
    documents = _busy(ledger)
    statements, name = DAMAGE[damage]
    with writing(ledger) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert name in {line.name for line in unbalanced(ledger, documents)}


def test_a_run_that_does_not_balance_is_named(ledger: Ledger) -> None:
    run_id = arrive(ledger, [post(1), post(2)])
    arrive(ledger, [post(3)])
    with writing(ledger) as connection:
        connection.exec_driver_sql(f"UPDATE runs SET received = 3 WHERE run_id = '{run_id}'")  # noqa: S608
    found = [(line.name, line.left, line.right) for line in unbalanced(ledger) if "run" in line.name]
    assert found == [("runs = runs that balance", 2, 1), (f"run {run_id}: {reconciliation.ARRIVED}", 3, 2)]
