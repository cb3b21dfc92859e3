"""Filling the search engine: every change reaches it, none is lost when something changes or dies on the way."""

from datetime import timedelta

from core.records.annotation import Quarantined
from ledger import indexing, leases, read, reconciliation
from ledger.cases import corrections, workflow
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from ledger.retention import forget
from tests.support.ledger_facts import HOUR, LEASE, NOW, arrive, decide, no_case, opened_case, post, read_all, reading, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def _claim(ledger: Ledger, worker: str = "w", after: timedelta = timedelta()) -> indexing.IndexWork:
    return indexing.claim_unindexed(ledger, worker, 100, NOW + after, LEASE)


def _mark(ledger: Ledger, work: indexing.IndexWork, worker: str = "w", **more: object) -> None:
    refused, retry = more.get("refused", {}), more.get("retry", ())
    indexing.mark_written(ledger, worker, work, refused, retry, NOW)  # type: ignore[arg-type]


def _documents(ledger: Ledger, documents: set[str] | None) -> reconciliation.Balance:
    return next(line for line in reconciliation.balance_sheet(ledger, documents) if line.name == reconciliation.DOCUMENTS)


def test_posts_that_were_read_and_cases_are_written_once(ledger: Ledger, other: Ledger) -> None:
    key = opened_case(ledger, post(1))
    arrive(ledger, [post(2)])  # not read yet
    work = _claim(ledger)
    assert ([fact.post_id for fact in work.posts], [fact.case_key for fact in work.cases]) == ([post(1).post_id], [key])
    assert work.posts[0] == read.post_record(ledger, post(1).post_id)
    assert work.cases[0] == read.case_record(ledger, key)
    assert not _claim(other, "v").any
    _mark(ledger, work)
    assert not _claim(ledger).any
    assert _documents(ledger, {post(1).post_id, key}).ok is True
    assert unbalanced(ledger) == []


def test_what_changes_while_it_is_written_is_written_again(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    work = _claim(ledger)
    corrections.correct(ledger, post(1).post_id, "sentiment", "neutral", "ana", "", NOW)
    workflow.change(ledger, key, "answered", "ana", "", NOW)
    assert not _claim(ledger, "v").any  # one writer a document: the older version must not come last
    _mark(ledger, work)
    again = _claim(ledger, "v")
    assert [(fact.sentiment, fact.version > work.posts[0].version) for fact in again.posts] == [("neutral", True)]
    assert [fact.state for fact in again.cases] == ["answered"]


def test_a_writer_that_lost_its_lease_marks_nothing(ledger: Ledger, other: Ledger) -> None:
    opened_case(ledger, post(1))
    slow = _claim(ledger, "slow")
    quick = _claim(other, "quick", LEASE)
    assert quick.any
    _mark(ledger, slow, "slow")
    assert read.steps(ledger).index_pending == 2
    _mark(other, quick, "quick")
    assert read.steps(ledger).index_pending == 0


def test_what_the_engine_did_not_take_now_waits_and_what_it_refuses_says_why(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2), post(3)])
    read_all(ledger)
    work = _claim(ledger)
    _mark(ledger, work, refused={post(1).post_id: "mapping conflict"}, retry={post(2).post_id})
    steps = read.steps(ledger)
    assert (steps.index_pending, steps.index_refused) == (1, 1)
    assert [fact.post_id for fact in _claim(ledger).posts] == [post(2).post_id]
    assert [line.name for line in unbalanced(ledger, {post(3).post_id})] == [reconciliation.REFUSED]
    assert [line.left for line in unbalanced(ledger, set())] == [1, 1]
    corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "", NOW)  # a change is another chance
    assert [fact.post_id for fact in _claim(ledger).posts] == [post(1).post_id]


def test_the_engine_line_compares_ids_not_numbers(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    read_all(ledger)
    _mark(ledger, _claim(ledger))
    line = _documents(ledger, {post(1).post_id, "a stranger"})
    assert (line.left, line.right, line.ok) == (2, 1, False)
    assert _documents(ledger, {post(1).post_id, post(2).post_id, f"{post(2).post_id} (again)"}).ok is False
    assert _documents(ledger, {post(1).post_id, post(2).post_id}).ok is True
    without = _documents(ledger, None)
    assert (without.left, without.right, without.ok) == (2, None, None)


def test_a_document_written_before_a_kill_is_no_difference(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    _claim(ledger, "killed")
    assert _documents(ledger, {post(1).post_id}).ok is True  # written, not marked
    assert _documents(ledger, set()).ok is True  # not written
    leases.release_all(ledger, "killed")
    _mark(ledger, _claim(ledger))
    assert _documents(ledger, set()).ok is False


def test_the_document_of_a_forgotten_post_is_deleted_and_asked_for_until_that_is_confirmed(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    read_all(ledger)
    _mark(ledger, _claim(ledger))
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    forget.erase_post(ledger, post(2).post_id, "erasure", NOW)
    work = _claim(ledger)
    assert work.delete == (post(1).post_id, post(2).post_id)
    _mark(ledger, work, retry={post(1).post_id}, refused={post(2).post_id: "read-only"})
    assert _claim(ledger).delete == (post(1).post_id,)
    assert _claim(ledger, after=HOUR).delete == (post(1).post_id, post(2).post_id)
    _mark(ledger, indexing.IndexWork((), (), (post(1).post_id, post(2).post_id)))
    assert not _claim(ledger, after=2 * HOUR).any
    assert _documents(ledger, {post(1).post_id}).ok is False
    assert _documents(ledger, set()).ok is True


def test_a_post_that_never_went_to_the_engine_need_not_be_deleted_there(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert not _claim(ledger).any


def test_a_post_forgotten_while_it_is_written_is_deleted_after_that(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    work = _claim(ledger, "writer")
    forget.erase_post(other, post(1).post_id, "erasure", NOW)
    assert not _claim(other, "deleter").any
    _mark(ledger, work, "writer")
    assert _claim(other, "deleter").delete == (post(1).post_id,)


def test_a_post_forgotten_while_a_killed_writer_held_it_is_deleted_when_the_lease_ends(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    _claim(ledger, "killed")
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert not _claim(ledger, "deleter", LEASE / 2).any
    assert _claim(ledger, "deleter", LEASE).delete == (post(1).post_id,)


def test_an_edited_post_that_cannot_be_read_any_more_keeps_no_old_text_in_the_engine(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    _mark(ledger, _claim(ledger))
    arrive(ledger, [post(1, text="otra cosa", edited_at=NOW)])
    assert not _claim(ledger).any  # it is read first
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    annotations.store_annotations(ledger, "r", [], [Quarantined(post_id=post(1).post_id, reason="poison")], NOW)
    work = _claim(ledger)
    assert [(fact.text, fact.sentiment) for fact in work.posts] == [("otra cosa", None)]
    _mark(ledger, work)
    assert unbalanced(ledger, {post(1).post_id}) == []


def test_a_view_that_was_thrown_away_is_filled_again_and_who_was_writing_starts_anew(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    _mark(ledger, _claim(ledger))
    arrive(ledger, [post(2)])
    read_all(ledger)
    slow = _claim(ledger, "slow")
    indexing.reindex_all(ledger)
    _mark(ledger, slow, "slow")  # what it wrote went with the old view
    again = _claim(ledger)
    assert {fact.post_id for fact in again.posts} == {post(1).post_id, post(2).post_id}
    assert [fact.case_key for fact in again.cases] == [key]
    _mark(ledger, again)
    assert unbalanced(ledger, {post(1).post_id, post(2).post_id, key}) == []


def test_every_restore_gives_a_generation_no_engine_has_seen(ledger: Ledger, url: str) -> None:
    ledger_id, first = indexing.marker(ledger)
    second = indexing.bump_generation(ledger, NOW)
    assert (ledger_id, first) == (ledger.ledger_id, 1)
    assert second == int(NOW.timestamp())
    assert indexing.bump_generation(ledger, NOW) == second + 1
    again = open_ledger(url, ledger.salt)
    assert indexing.marker(again) == (ledger_id, second + 1)
    again.close()


def test_a_decision_waits_for_the_index_too(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    _mark(ledger, _claim(ledger))
    decide(ledger, [no_case(post(1))])
    assert [fact.decision for fact in _claim(ledger).posts] == ["no_case"]


def test_a_reading_by_another_model_waits_for_the_index_only_when_it_is_there(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    _mark(ledger, _claim(ledger))
    annotations.requeue_outdated(ledger, "reader@2")
    assert not _claim(ledger).any
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    annotations.store_annotations(ledger, "r", [reading(post(1), "reader@2")], [], NOW)
    assert [fact.model for fact in _claim(ledger).posts] == ["reader@2"]
