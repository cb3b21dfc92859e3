"""Deciding: one worker at a time, every decision once, and never about something that has changed meanwhile."""

import pytest
from ledger_facts import (
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
    reading,
    unbalanced,
)

from core.case import Transition
from ledger import cases, decisions, forgetting, incidents, read
from ledger.open import LeaseLostError, Ledger

pytest_plugins = ("ledger_fixtures",)


def test_a_named_lease_has_one_holder_until_it_ends_or_is_given_back(ledger: Ledger, other: Ledger) -> None:
    assert decisions.hold(ledger, "triage", "a", NOW, LEASE)
    assert decisions.hold(ledger, "triage", "a", NOW + LEASE / 2, LEASE)
    assert not decisions.hold(other, "triage", "b", NOW + LEASE, LEASE)
    assert decisions.hold(other, "triage", "b", NOW + LEASE * 2, LEASE)
    decisions.release(ledger, "triage", "a")  # no longer a's to give
    assert not decisions.hold(ledger, "triage", "a", NOW + LEASE * 2, LEASE)
    decisions.release(other, "triage", "b")
    assert decisions.hold(ledger, "triage", "a", NOW + LEASE * 2, LEASE)


def test_who_lost_the_lease_writes_no_decision(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decisions.hold(ledger, "triage", "slow", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    assert decisions.hold(ledger, "triage", "quick", NOW + LEASE, LEASE)
    with pytest.raises(LeaseLostError, match="slow no longer holds 'triage'"):
        decisions.store_decisions(ledger, "slow", into_case(post(1)), NOW + LEASE)
    assert read.count_cases(ledger) == 0


def test_posts_wait_for_triage_oldest_first_and_only_when_read(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(3), post(2)])
    assert decisions.untriaged(ledger, 9) == []
    read_all(ledger)
    assert [one.post_id for one, _ in decisions.untriaged(ledger, 2)] == [post(3).post_id, post(2).post_id]


def test_a_case_stands_with_its_posts_its_first_step_and_its_numbers(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3), post(2), post(1))
    fact = read.case_fact(ledger, key)
    assert fact is not None
    assert fact.model_dump(
        include={"posts", "authors", "state", "is_open", "sources", "source", "month", "answered_at"}
    ) == {
        "posts": 3,
        "authors": 3,
        "state": "new",
        "is_open": True,
        "sources": ("archive",),
        "source": "archive",
        "month": "2026.11",
        "answered_at": None,
    }
    assert fact.opened_at == post(3).received_at
    assert read.transitions(ledger, key) == [
        Transition(case_key=key, state="new", at=post(3).received_at, who="escucha", why="act: actionable 0.90 >= 0.80")
    ]
    assert [one.post_id for one in read.post_facts(ledger, case_key=key, order="oldest")] == [
        post(3).post_id,
        post(2).post_id,
        post(1).post_id,
    ]
    assert unbalanced(ledger) == []


def test_decisions_stored_twice_change_nothing_the_second_time(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2), post(1))
    before = (read.case_fact(ledger, key), read.transitions(ledger, key))
    assert decide(ledger, into_case(post(2), post(1))) == 0
    assert (read.case_fact(ledger, key), read.transitions(ledger, key)) == before


def test_a_post_that_gives_no_case_carries_its_reason(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    read_all(ledger)
    decide(ledger, [no_case(post(1)), no_case(post(2), "in_review")])
    assert [(fact.decision, fact.reason) for fact in read.post_facts(ledger)] == [
        ("no_case", "no_case: actionable 0.40"),
        ("in_review", "in_review: actionable 0.40"),
    ]


def test_triage_gets_incidents_with_their_posts_and_readings(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2), post(1))
    (known,) = decisions.open_incidents(ledger, NOW - 2 * HOUR)
    assert (known.case.key, known.closed_at) == (key, None)
    assert known.incident.post_ids == (post(2).post_id, post(1).post_id)
    assert known.members[1] == (post(1).model_copy(update={"origin": ""}), reading(post(1)))
    assert known.case == into_case(post(2), post(1))[1].case
    assert decisions.open_incidents(ledger, NOW) == []
    assert decisions.known_around(ledger, post(60), days=3) == [known]
    assert decisions.known_around(ledger, post(24 * 9), days=3) == []


def test_an_incident_of_very_many_posts_is_known_by_the_first_and_the_last_of_them(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "KNOWN_BY", 2)
    key = opened_case(ledger, *(post(n) for n in (7, 6, 5, 4, 3, 2, 1)))
    (known,) = decisions.open_incidents(ledger, NOW - 9 * HOUR)
    assert [one.post_id for one, _ in known.members] == [post(n).post_id for n in (7, 6, 2, 1)]
    assert (known.posts, known.case.key) == (7, key)
    fact = read.case_fact(ledger, key)
    assert fact is not None
    assert (fact.posts, fact.authors) == (7, 3)
    assert unbalanced(ledger) == []


def test_a_closed_incident_says_when_and_a_merged_one_is_gone(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    cases.change(ledger, key, "resolved", "ana", "", NOW)
    assert decisions.open_incidents(ledger, NOW - 9 * HOUR)[0].closed_at == NOW
    cases.change(ledger, key, "assigned", "ana", "", NOW)
    assert decisions.open_incidents(ledger, NOW - 9 * HOUR)[0].closed_at is None
    cases.change(ledger, key, "merged", "ana", "", NOW)
    assert decisions.open_incidents(ledger, NOW - 9 * HOUR) == []


def test_a_post_more_in_a_closed_case_opens_it_again(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2))
    cases.change(ledger, key, "resolved", "ana", "mended", NOW)
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decide(ledger, into_case(post(2), post(1))[1:], now=NOW + HOUR) == 1
    assert [(step.state, step.who) for step in read.transitions(ledger, key)] == [
        ("new", "escucha"),
        ("resolved", "ana"),
        ("assigned", "escucha"),
    ]


def test_no_post_joins_a_case_that_was_merged_meanwhile(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2))
    arrive(ledger, [post(1)])
    read_all(ledger)
    cases.change(ledger, key, "merged", "ana", "", NOW)
    assert decide(ledger, into_case(post(2), post(1))[1:]) == 0
    assert read.steps(ledger).untriaged == 1


def test_no_case_is_made_of_the_words_of_a_post_that_was_erased_meanwhile(ledger: Ledger) -> None:
    arrive(ledger, [post(3), post(2), post(1)])
    read_all(ledger)
    assert decisions.hold(ledger, "triage", "t", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    forgetting.erase_post(ledger, post(3).post_id, "erasure", NOW)
    found = [*into_case(post(3), post(2)), no_case(post(1))]
    assert decisions.store_decisions(ledger, "t", found, NOW) == 1
    assert read.case_fact(ledger, case_key(post(3))) is None
    assert [fact.decision for fact in read.post_facts(ledger)] == ["no_case", "untriaged"]
    assert unbalanced(ledger) == []


def test_a_label_corrected_while_triage_decides_is_decided_again(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decisions.hold(ledger, "triage", "t", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    cases.correct(ledger, post(1).post_id, "actionable", False, "ana", "", NOW)
    assert decisions.store_decisions(ledger, "t", into_case(post(1)), NOW) == 0
    assert len(decisions.untriaged(ledger, 9)) == 1
    assert decisions.store_decisions(ledger, "t", [no_case(post(1))], NOW) == 1


def test_what_triage_decides_while_nobody_asked_for_the_posts_is_not_written(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decisions.hold(ledger, "triage", "t", NOW, LEASE)
    assert decisions.store_decisions(ledger, "t", into_case(post(1)), NOW) == 0
