"""The outbox: everything that leaves the house leaves once, and what comes back becomes the case's history."""

from datetime import timedelta

import pytest

from core.errors import EscuchaError
from core.records.case import ExternalStatus
from ledger import leases, read
from ledger.database import Ledger
from ledger.delivery import deliveries, external_status
from ledger.retention import forget
from tests.support.ledger_facts import HOUR, LEASE, NOW, arrive, decide, into_case, opened_case, post, read_all, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def _states(ledger: Ledger, key: str) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.state, one.reference) for one in read.deliveries(ledger, key)]


def _claim(ledger: Ledger, worker: str = "w", after: timedelta = timedelta()) -> list[deliveries.Delivery]:
    return deliveries.claim(ledger, "rt", worker, 9, NOW + after, LEASE)


def _join(ledger: Ledger, first: int, *others: int) -> None:
    """One post more in the case of the first."""
    arrive(ledger, [post(others[-1])])
    read_all(ledger)
    chain = into_case(post(first), *(post(n) for n in others), system="rt")
    assert decide(ledger, chain[-1:]) == 1


def _delivered(ledger: Ledger, *posts: int, reference: str = "61") -> str:
    key = opened_case(ledger, *(post(n) for n in posts), system="rt")
    for one in _claim(ledger):
        deliveries.mark_sent(ledger, one.id, reference, NOW)
    return key


def test_what_stays_in_the_case_book_is_not_delivered(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    assert read.deliveries(ledger, key) == []
    assert deliveries.waiting(ledger, "rt", NOW) == []


def test_each_system_gets_its_own_cases_only(ledger: Ledger) -> None:
    opened_case(ledger, post(1), system="open311")
    assert deliveries.waiting(ledger, "rt", NOW) == []
    assert _claim(ledger) == []
    assert len(deliveries.claim(ledger, "open311", "w", 9, NOW, LEASE)) == 1


def test_a_case_for_an_outside_system_waits_with_all_its_posts(ledger: Ledger, other: Ledger) -> None:
    key = opened_case(ledger, post(2), post(1), system="rt")
    assert len(deliveries.waiting(ledger, "rt", NOW)) == 1
    (one,) = _claim(ledger)
    assert (one.kind, one.note_key, one.reference, one.case.key) == ("open", "", None, key)
    assert [each.post_id for each in one.posts] == [post(2).post_id, post(1).post_id]
    assert one.case.post_ids == (post(2).post_id, post(1).post_id)
    assert _claim(other, "v") == []
    assert deliveries.waiting(ledger, "rt", NOW) == []
    deliveries.mark_sent(ledger, one.id, "61", NOW)
    deliveries.mark_sent(ledger, one.id, "61", NOW)
    assert _states(ledger, key) == [("open", "sent", "61")]
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.system, fact.reference) == ("rt", "61")
    assert external_status.followed(ledger, "rt") == {"61": key}
    assert unbalanced(ledger) == []


def test_a_post_more_before_the_first_try_goes_with_the_case_and_later_as_a_note(ledger: Ledger) -> None:
    key = opened_case(ledger, post(9), system="rt")
    _join(ledger, 9, 8)
    (opening,) = _claim(ledger)
    assert [each.post_id for each in opening.posts] == [post(9).post_id, post(8).post_id]
    _join(ledger, 9, 8, 7)  # while it is being sent
    assert deliveries.waiting(ledger, "rt", NOW) == []  # a note has to wait for its ticket
    deliveries.mark_sent(ledger, opening.id, "61", NOW)
    _join(ledger, 9, 8, 7, 6)
    (note,) = _claim(ledger)
    assert (note.kind, note.reference, note.note_key) == ("append", "61", f"{key}.{post(7).post_id}")
    assert [each.post_id for each in note.posts] == [post(7).post_id, post(6).post_id]
    deliveries.mark_sent(ledger, note.id, "61", NOW)
    assert _states(ledger, key) == [("open", "sent", "61"), ("append", "sent", "61")]
    assert unbalanced(ledger) == []


def test_after_a_kill_between_post_and_commit_it_is_claimed_again_and_the_late_answer_changes_nothing(
    ledger: Ledger, other: Ledger
) -> None:
    key = opened_case(ledger, post(1), system="rt")
    (first,) = _claim(ledger, "killed")
    assert _claim(other, "next", LEASE / 2) == []
    (second,) = _claim(other, "next", LEASE)
    deliveries.mark_failed(ledger, first.id, "refused", "queue unknown", NOW + LEASE)
    deliveries.mark_sent(ledger, first.id, "61", NOW + LEASE)
    assert _states(ledger, key) == [("open", "sending", None)]
    deliveries.mark_sent(other, second.id, "61", NOW + LEASE)
    assert _states(ledger, key) == [("open", "sent", "61")]


def test_what_a_dead_worker_was_sending_is_looked_up_at_once(ledger: Ledger) -> None:
    opened_case(ledger, post(1), system="rt")
    _claim(ledger, "dead")
    assert leases.holders(ledger) == {"dead"}
    leases.release_all(ledger, "dead")
    assert len(_claim(ledger, "next")) == 1


def test_a_claim_that_was_lost_cannot_be_renewed_and_one_that_holds_can(ledger: Ledger) -> None:
    opened_case(ledger, post(1), system="rt")
    (lost,) = _claim(ledger, "slow")
    assert deliveries.renew(ledger, lost.id, NOW, LEASE)
    (holds,) = _claim(ledger, "other", after=LEASE)
    assert not deliveries.renew(ledger, lost.id, NOW + LEASE, LEASE)
    assert deliveries.renew(ledger, holds.id, NOW + LEASE, LEASE)
    assert _claim(ledger, "third", after=1.5 * LEASE) == []


def test_without_an_answer_it_waits_two_minutes_before_it_is_looked_up(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    (one,) = _claim(ledger)
    deliveries.mark_failed(ledger, one.id, "unknown", "timeout", NOW)
    assert _claim(ledger, after=timedelta(seconds=119)) == []
    assert [(p.case_key, p.state, p.reason) for p in read.delivery_problems(ledger)] == [(key, "unknown", "timeout")]
    assert unbalanced(ledger) == []
    assert len(_claim(ledger, after=timedelta(seconds=120))) == 1


def test_a_server_that_is_away_leaves_it_pending(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    (one,) = _claim(ledger)
    deliveries.mark_failed(ledger, one.id, "pending", "connection refused", NOW)
    assert _states(ledger, key) == [("open", "pending", None)]
    assert len(_claim(ledger)) == 1


def test_what_was_tried_once_takes_no_further_post(ledger: Ledger) -> None:
    key = opened_case(ledger, post(9), system="rt")
    (one,) = _claim(ledger)
    deliveries.mark_failed(ledger, one.id, "pending", "connection reset", NOW)  # it may be there after all
    _join(ledger, 9, 8)
    (again,) = _claim(ledger)
    assert [each.post_id for each in again.posts] == [post(9).post_id]
    deliveries.mark_sent(ledger, again.id, "61", NOW)
    assert [(note.kind, [each.post_id for each in note.posts]) for note in _claim(ledger)] == [("append", [post(8).post_id])]
    assert [state for _, state, _ in _states(ledger, key)] == ["sent", "sending"]


def test_what_was_claimed_and_not_tried_is_put_back(ledger: Ledger) -> None:
    opened_case(ledger, post(1), system="rt")
    opened_case(ledger, post(2), system="rt")
    first, second = _claim(ledger)
    deliveries.mark_sent(ledger, first.id, "61", NOW)
    deliveries.release_unsent(ledger, "another", [second.id], NOW)
    assert deliveries.waiting(ledger, "rt", NOW) == []
    deliveries.release_unsent(ledger, "w", [first.id, second.id], NOW)
    assert [one.case.key for one in _claim(ledger)] == [second.case.key]


def test_a_refused_case_is_worked_on_the_desk(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    (one,) = _claim(ledger)
    deliveries.mark_failed(ledger, one.id, "refused", "400: subject too long", NOW)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert fact.system == "casebook"
    assert [(p.state, p.reason) for p in read.delivery_problems(ledger)] == [("refused", "400: subject too long")]
    assert _claim(ledger, after=LEASE) == []
    _join(ledger, 1, 3)
    assert _states(ledger, key) == [("open", "refused", None)]
    assert unbalanced(ledger) == []


def test_a_reference_that_belongs_to_another_case_is_refused_loudly(ledger: Ledger) -> None:
    first = _delivered(ledger, 1)
    second = opened_case(ledger, post(2), system="rt")
    (one,) = _claim(ledger)
    with pytest.raises(EscuchaError, match=f"it belongs to case {first}"):
        deliveries.mark_sent(ledger, one.id, "61", NOW)
    assert _states(ledger, second) == [("open", "refused", None)]
    assert unbalanced(ledger) == []


def _stand(ledger: Ledger, key: str, state: str, at: timedelta, answered: timedelta | None = None, **more: str) -> bool:
    fields = {"state": state, "updated_at": NOW + at, "answered_at": None if answered is None else NOW + answered, **more}
    return external_status.store_external_status(ledger, key, ExternalStatus.model_validate(fields), "rt", NOW + at)


def _steps(ledger: Ledger, key: str) -> list[tuple[str, str, timedelta]]:
    return [(step.state, step.who, step.at - NOW) for step in read.transitions(ledger, key)[1:]]


def test_what_happens_outside_becomes_the_history_once(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)
    assert not _stand(ledger, key, "new", timedelta())
    assert _stand(ledger, key, "assigned", HOUR)
    assert not _stand(ledger, key, "assigned", HOUR)
    assert _stand(ledger, key, "resolved", 3 * HOUR, answered=2 * HOUR, note="mended")
    assert not _stand(ledger, key, "resolved", 3 * HOUR, answered=2 * HOUR, note="mended")
    assert _steps(ledger, key) == [("assigned", "rt", HOUR), ("answered", "rt", 2 * HOUR), ("resolved", "rt", 3 * HOUR)]
    assert read.transitions(ledger, key)[-1].why == "mended"
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.answered_at, fact.closed_at) == (NOW + 2 * HOUR, NOW + 3 * HOUR)


def test_an_answer_comes_home_even_when_the_ticket_stays_open(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)
    assert _stand(ledger, key, "answered", HOUR, answered=HOUR)
    assert _stand(ledger, key, "assigned", 2 * HOUR, answered=HOUR) is False
    assert _steps(ledger, key) == [("answered", "rt", HOUR)]


def test_a_ticket_closed_otherwise_or_opened_again_takes_the_way_over_assigned(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)
    _stand(ledger, key, "resolved", HOUR)
    _stand(ledger, key, "rejected", 2 * HOUR)
    _stand(ledger, key, "new", 3 * HOUR)
    assert [step[0] for step in _steps(ledger, key)] == ["resolved", "assigned", "rejected", "assigned"]


def test_a_merged_ticket_says_into_which_and_is_followed_no_more(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)
    assert _stand(ledger, key, "merged", HOUR, merged_into="60")
    assert read.transitions(ledger, key)[-1].why == "merged into 60"
    assert external_status.followed(ledger, "rt") == {}


def test_a_post_more_opens_the_case_here_until_the_other_side_says_something_new(ledger: Ledger) -> None:
    key = _delivered(ledger, 9)
    _stand(ledger, key, "resolved", HOUR)
    _join(ledger, 9, 8)
    assert not _stand(ledger, key, "resolved", HOUR)
    assert [step[0] for step in _steps(ledger, key)] == ["resolved", "assigned"]
    assert _stand(ledger, key, "resolved", 2 * HOUR)


def test_an_answer_is_never_earlier_than_the_post(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)  # the clock over there goes wrong by days
    _stand(ledger, key, "answered", HOUR, answered=timedelta(days=-3))
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert fact.answer_hours == 0.0


def test_a_ticket_that_is_gone_gives_the_case_back_to_the_desk(ledger: Ledger) -> None:
    key = _delivered(ledger, 1)
    external_status.mark_ticket_missing(ledger, key, NOW + HOUR)
    external_status.mark_ticket_missing(ledger, key, NOW + HOUR)
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.system, fact.reference) == ("casebook", None)
    assert external_status.followed(ledger, "rt") == {}
    assert [(p.state, p.reason) for p in read.delivery_problems(ledger)] == [("gone", "ticket 61 is gone")]
    assert [(line.who, line.what) for line in read.audit(ledger, subject=key)] == [("rt", "gone")]
    assert unbalanced(ledger) == []


def test_a_case_whose_posts_were_forgotten_is_not_delivered(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    assert deliveries.waiting(ledger, "rt", NOW) == []
    assert _states(ledger, key) == [("open", "refused", None)]
    assert unbalanced(ledger) == []


def test_a_case_forgotten_while_it_was_sent_keeps_no_claim(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1), system="rt")
    (one,) = _claim(ledger)
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    deliveries.mark_sent(ledger, one.id, "61", NOW)
    assert _states(ledger, key) == [("open", "sent", "61")]  # it is there: the reference must not be lost
    assert unbalanced(ledger) == []
