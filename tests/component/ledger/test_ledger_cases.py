"""The case book: which step may follow which, what is counted from the steps, the review queue, and the audit."""

from datetime import timedelta

import pytest

from core.errors import ChangeRefusedError
from core.records.case import NEXT, STATES
from ledger import leases, read
from ledger.cases import corrections, reviews, workflow
from ledger.database import Ledger
from ledger.retention import forget
from ledger.system import audit, users
from tests.support.ledger_facts import (
    HOUR,
    LEASE,
    NOW,
    arrive,
    case_key,
    decide,
    into_case,
    no_case,
    opened_case,
    post,
    read_all,
    unbalanced,
)

pytest_plugins = ("tests.support.ledger_fixtures",)

WAYS: dict[str, tuple[str, ...]] = {
    "new": (),
    "assigned": ("assigned",),
    "acknowledged": ("acknowledged",),
    "answered": ("answered",),
    "resolved": ("resolved",),
    "rejected": ("rejected",),
    "merged": ("merged",),
}


@pytest.mark.parametrize("start", STATES)
def test_only_the_steps_that_may_follow_are_written(ledger: Ledger, start: str) -> None:
    for number, wanted in enumerate(STATES):
        key = opened_case(ledger, post(number + 1))
        for state in WAYS[start]:
            workflow.change(ledger, key, state, "ana", "", NOW)  # type: ignore[arg-type]
        if wanted in NEXT[start]:
            workflow.change(ledger, key, wanted, "ana", "", NOW)  # type: ignore[arg-type]
            assert read.transitions(ledger, key)[-1].state == wanted
        else:
            with pytest.raises(ChangeRefusedError, match=f"is {start}: it cannot become {wanted}"):
                workflow.change(ledger, key, wanted, "ana", "", NOW)  # type: ignore[arg-type]
            assert [step.state for step in read.transitions(ledger, key)] == ["new", *WAYS[start]]


def test_times_are_counted_from_the_steps(ledger: Ledger) -> None:
    key = opened_case(ledger, post(10))  # received 11:55 - 9 h = 02:05, due 48 h later
    workflow.change(ledger, key, "assigned", "ana", "", NOW, department="Limpieza")
    workflow.change(ledger, key, "answered", "ana", "we look at it", NOW + HOUR)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.state, fact.department, fact.is_open, fact.closed_at) == ("answered", "Limpieza", True, None)
    assert fact.answered_at == NOW + HOUR
    # 02:05 to 13:00 are 10 h 55 min
    assert fact.answer_hours == pytest.approx(10 + 55 / 60)
    assert fact.within_due is True
    workflow.change(ledger, key, "resolved", "ana", "", NOW + 2 * HOUR)
    workflow.change(ledger, key, "assigned", "ana", "not mended", NOW + 3 * HOUR)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.closed_at, fact.is_open) == (None, True)  # opened again
    workflow.change(ledger, key, "rejected", "ana", "private ground", NOW + 5 * HOUR)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.answered_at, fact.closed_at, fact.is_open) == (NOW + HOUR, NOW + 5 * HOUR, False)


def test_an_answer_after_the_due_date_is_late(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    due = post(1).received_at + timedelta(hours=48)
    workflow.change(ledger, key, "answered", "ana", "", due + timedelta(seconds=1))
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.due_at, fact.within_due) == (due, False)


def test_a_case_that_was_only_closed_is_neither_in_time_nor_late(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    workflow.change(ledger, key, "resolved", "ana", "", NOW)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.closed_at, fact.answered_at, fact.answer_hours, fact.within_due) == (NOW, None, None, None)


def test_every_change_is_audited_and_the_case_waits_for_the_index(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    before = read.case_record(ledger, key)
    workflow.change(ledger, key, "answered", "ana", "called the citizen", NOW)
    workflow.note(ledger, key, "ben", "lamp 17", NOW)
    audit.log(ledger, "ana", "open_original", post(1).post_id, "", NOW)
    after = read.case_record(ledger, key)
    assert before is not None
    assert after is not None
    assert after.version > before.version
    assert [(line.who, line.what, line.subject, line.why) for line in read.audit(ledger)] == [
        ("ana", "open_original", post(1).post_id, ""),
        ("ben", "note", key, ""),
        ("ana", "answered", key, "called the citizen"),
    ]
    assert [(one.who, one.text) for one in read.notes(ledger, key)] == [("ben", "lamp 17")]
    assert [line.who for line in read.audit(ledger, subject=key)] == ["ben", "ana"]


def test_a_case_that_is_not_there_is_named(ledger: Ledger) -> None:
    with pytest.raises(ChangeRefusedError, match="there is no case C-nowhere"):
        workflow.change(ledger, "C-nowhere", "resolved", "ana", "", NOW)
    with pytest.raises(ChangeRefusedError, match="there is no post"):
        corrections.correct(ledger, "nowhere", "topic", "noise", "ana", "", NOW)


def test_a_case_in_an_outside_system_is_changed_there_but_notes_are_taken_here(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    with pytest.raises(ChangeRefusedError, match="is worked in rt"):
        workflow.change(ledger, key, "resolved", "ana", "", NOW)
    workflow.note(ledger, key, "ana", "they know", NOW)
    assert len(read.notes(ledger, key)) == 1


def _in_review(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    decide(ledger, [no_case(post(1), "in_review")])


def test_a_doubtful_post_that_a_person_accepts_becomes_a_case(ledger: Ledger) -> None:
    _in_review(ledger)
    reviews.settle_review(ledger, into_case(post(1))[0], "ana", "clear to me", NOW)
    fact = read.post_record(ledger, post(1).post_id)
    assert fact is not None
    assert (fact.decision, fact.case_key) == ("in_case", case_key(post(1)))
    assert [(step.state, step.who) for step in read.transitions(ledger, case_key(post(1)))] == [("new", "ana")]
    assert [(line.what, line.why) for line in read.audit(ledger)] == [("accept", "clear to me")]
    with pytest.raises(ChangeRefusedError, match="not in review any more"):
        reviews.settle_review(ledger, into_case(post(1))[0], "ben", "", NOW)
    assert unbalanced(ledger) == []


def test_a_doubtful_post_that_a_person_rejects_stays_rejected(ledger: Ledger) -> None:
    _in_review(ledger)
    reviews.reject_review(ledger, post(1).post_id, "ana", "a joke", NOW)
    fact = read.post_record(ledger, post(1).post_id)
    assert fact is not None
    assert (fact.decision, fact.reason) == ("no_case", "person: ana rejected it | in_review: actionable 0.40")
    with pytest.raises(ChangeRefusedError, match="it is no_case"):
        reviews.reject_review(ledger, post(1).post_id, "ben", "", NOW)


def test_a_rejection_is_taken_back_by_who_made_it_and_leaves_nothing_changed(ledger: Ledger) -> None:
    _in_review(ledger)
    before = read.post_record(ledger, post(1).post_id)
    reviews.reject_review(ledger, post(1).post_id, "ana", "a joke", NOW)
    assert reviews.take_back(ledger, [post(1).post_id], "ben", NOW) == 0
    assert [reviews.take_back(ledger, [post(1).post_id, "f" * 32], "ana", NOW) for _ in range(2)] == [1, 0]
    after = read.post_record(ledger, post(1).post_id)
    assert before is not None
    assert after is not None
    assert after.model_dump(exclude={"version"}) == before.model_dump(exclude={"version"})
    assert [line.what for line in read.audit(ledger)] == ["undo reject", "reject"]
    assert unbalanced(ledger) == []


def test_nobody_accepts_a_post_while_triage_is_at_work(ledger: Ledger) -> None:
    _in_review(ledger)
    assert leases.hold(ledger, "triage", "worker", NOW, LEASE)
    with pytest.raises(ChangeRefusedError, match="try again in a few seconds"):
        reviews.settle_review(ledger, into_case(post(1))[0], "ana", "", NOW)
    leases.release(ledger, "triage", "worker")
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    reviews.settle_review(ledger, into_case(post(1))[0], "ana", "", NOW)
    assert read.count_cases(ledger) == 1


def test_a_doubtful_post_that_was_edited_must_be_read_before_it_is_settled(ledger: Ledger) -> None:
    _in_review(ledger)
    arrive(ledger, [post(1, text="perdón, ya está", edited_at=NOW)])
    with pytest.raises(ChangeRefusedError, match="annotated again"):
        reviews.settle_review(ledger, into_case(post(1))[0], "ana", "", NOW)


def test_a_case_kept_as_numbers_takes_no_notes(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    with pytest.raises(ChangeRefusedError, match="numbers only"):
        workflow.note(ledger, key, "ana", "what he wrote was ...", NOW)


def test_users_have_one_password_and_one_role(ledger: Ledger) -> None:
    assert not read.has_users(ledger)
    users.set_user(ledger, "ana", "hash-1", "reader", NOW)
    users.set_user(ledger, "ana", "hash-2", "admin", NOW)
    assert read.user(ledger, "ana") == read.User(name="ana", password_hash="hash-2", role="admin")  # noqa: S106
    assert read.user(ledger, "ben") is None
    users.set_user(ledger, "ben", "hash-3", "admin", NOW)
    users.remove_user(ledger, "ana", "ben", NOW)
    with pytest.raises(ChangeRefusedError, match="no user ana"):
        users.remove_user(ledger, "ana", "ben", NOW)
    assert [user.name for user in read.users(ledger)] == ["ben"]
