"""Deciding: one worker at a time, every decision once, and never about something that has changed meanwhile."""

import pytest

from core.records.case import Transition
from ledger import leases, read
from ledger.cases import corrections, reviews, workflow
from ledger.database import LeaseLostError, Ledger
from ledger.processing import decisions
from ledger.retention import forget
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
    reading,
    unbalanced,
)

pytest_plugins = ("tests.support.ledger_fixtures",)


def test_a_named_lease_has_one_holder_until_it_ends_or_is_given_back(ledger: Ledger, other: Ledger) -> None:
    assert leases.hold(ledger, "triage", "a", NOW, LEASE)
    assert leases.hold(ledger, "triage", "a", NOW + LEASE / 2, LEASE)
    assert not leases.hold(other, "triage", "b", NOW + LEASE, LEASE)
    assert leases.hold(other, "triage", "b", NOW + LEASE * 2, LEASE)
    leases.release(ledger, "triage", "a")  # no longer a's to give
    assert not leases.hold(ledger, "triage", "a", NOW + LEASE * 2, LEASE)
    leases.release(other, "triage", "b")
    assert leases.hold(ledger, "triage", "a", NOW + LEASE * 2, LEASE)


def test_who_lost_the_lease_writes_no_decision(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert leases.hold(ledger, "triage", "slow", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    assert leases.hold(ledger, "triage", "quick", NOW + LEASE, LEASE)
    with pytest.raises(LeaseLostError, match="slow no longer holds the lease 'triage'"):
        decisions.store_decisions(ledger, "slow", into_case(post(1)), NOW + LEASE)
    assert read.count_cases(ledger) == 0


def test_posts_wait_for_triage_oldest_first_and_only_when_read(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(3), post(2)])
    assert decisions.untriaged(ledger, 9) == []
    read_all(ledger)
    assert [one.post_id for one, _ in decisions.untriaged(ledger, 2)] == [post(3).post_id, post(2).post_id]


def test_a_case_stands_with_its_posts_its_first_step_and_its_numbers(ledger: Ledger) -> None:
    key = opened_case(ledger, post(3), post(2), post(1))
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert fact.model_dump(include={"posts", "authors", "state", "is_open", "sources", "source", "month", "answered_at"}) == {
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
    assert [one.post_id for one in read.post_records(ledger, case_key=key, order="oldest")] == [
        post(3).post_id,
        post(2).post_id,
        post(1).post_id,
    ]
    assert unbalanced(ledger) == []


def test_decisions_stored_twice_change_nothing_the_second_time(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2), post(1))
    before = (read.case_record(ledger, key), read.transitions(ledger, key))
    assert decide(ledger, into_case(post(2), post(1))) == 0
    assert (read.case_record(ledger, key), read.transitions(ledger, key)) == before


def test_a_post_that_gives_no_case_carries_its_reason(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    read_all(ledger)
    decide(ledger, [no_case(post(1)), no_case(post(2), "in_review")])
    assert [(fact.decision, fact.reason) for fact in read.post_records(ledger)] == [
        ("no_case", "no_case: actionable 0.40"),
        ("in_review", "in_review: actionable 0.40"),
    ]


def test_triage_gets_incidents_with_their_posts_and_readings(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2), post(1))
    with decisions.known_posts(ledger) as known:
        incident = known.incident(f"I-{post(2).post_id[-12:]}", ends=9)
        assert incident is not None
        assert incident.case is not None
        assert (incident.case.key, incident.closed_at, incident.untouched) == (key, None, True)
        assert incident.post_ids == (post(2).post_id, post(1).post_id)
        found = known.posts([post(1).post_id, post(9).post_id])
        assert set(found) == {post(1).post_id}
        assert found[post(1).post_id].post == post(1).model_copy(update={"origin": ""})
        assert found[post(1).post_id].annotation == reading(post(1))
        assert incident.case == into_case(post(2), post(1))[1].case
        assert known.incident("I-nothing", ends=9) is None


def test_an_incident_of_very_many_posts_is_known_by_the_first_and_the_last_of_them(ledger: Ledger) -> None:
    key = opened_case(ledger, *(post(n) for n in (7, 6, 5, 4, 3, 2, 1)))
    with decisions.known_posts(ledger) as known:
        incident = known.incident(f"I-{post(7).post_id[-12:]}", ends=2)
    assert incident is not None
    assert incident.post_ids == tuple(post(n).post_id for n in (7, 2, 1))
    assert incident.size == 7
    fact = read.case_record(ledger, key)
    assert fact is not None
    assert (fact.posts, fact.authors) == (7, 3)
    assert unbalanced(ledger) == []


def test_a_closed_incident_says_when_and_one_that_a_person_had_is_touched(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    seen = []
    for state in ("resolved", "assigned", "merged"):
        workflow.change(ledger, key, state, "ana", "", NOW)
        with decisions.known_posts(ledger) as known:
            incident = known.incident(f"I-{post(1).post_id[-12:]}", ends=9)
        assert incident is not None
        assert incident.case is not None
        seen.append((incident.case.state, incident.closed_at, incident.untouched))
    assert seen == [("resolved", NOW, False), ("assigned", None, False), ("merged", None, False)]


def test_posts_are_found_by_their_keys_newest_last_and_not_while_they_wait(ledger: Ledger) -> None:
    arrive(ledger, [post(3), post(2), post(1)])
    read_all(ledger)
    filed = [
        no_case(one).model_copy(update={"incident_key": f"I-{n}", "keys": (7, -8), "at": one.created_at.timestamp()})
        for n, one in ((3, post(3)), (2, post(2)), (1, post(1)))
    ]
    decide(ledger, filed)
    at = {n: post(n).created_at.timestamp() for n in (3, 2, 1)}
    with decisions.known_posts(ledger) as known:
        assert known.newest([7, 5], 0.0, most=2) == {7: [(at[2], post(2).post_id), (at[1], post(1).post_id)]}
        assert known.newest([-8], at[1], most=2) == {-8: [(at[1], post(1).post_id)]}
    corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "", NOW)
    with decisions.known_posts(ledger) as known:
        assert [one for _, one in known.newest([7], at[2], most=9)[7]] == [post(2).post_id]
    forget.erase_post(ledger, post(2).post_id, "erasure", NOW)
    with decisions.known_posts(ledger) as known:
        assert known.newest([7], at[2], most=9) == {}


def test_when_an_incident_gets_a_case_all_its_posts_are_in_it_but_those_a_person_decided(ledger: Ledger) -> None:
    arrive(ledger, [post(4), post(3), post(2)])
    read_all(ledger)
    key = f"I-{post(4).post_id[-12:]}"
    members = [no_case(post(4)), no_case(post(3), "in_review"), no_case(post(2), "in_review")]
    decide(ledger, [one.model_copy(update={"incident_key": key}) for one in members])
    reviews.reject_review(ledger, post(2).post_id, "ana", "", NOW)
    arrive(ledger, [post(1)])
    read_all(ledger)
    opening = into_case(post(4), post(1))[1]
    assert decide(ledger, [opening]) == 1
    fact = read.case_record(ledger, case_key(post(4)))
    assert fact is not None
    assert fact.posts == 3
    assert [one.decision for one in read.post_records(ledger, order="oldest")] == ["in_case", "in_case", "no_case", "in_case"]
    assert unbalanced(ledger) == []


def test_a_post_more_in_a_closed_case_opens_it_again(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2))
    workflow.change(ledger, key, "resolved", "ana", "mended", NOW)
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
    workflow.change(ledger, key, "merged", "ana", "", NOW)
    assert decide(ledger, into_case(post(2), post(1))[1:]) == 0
    assert read.steps(ledger).untriaged == 1


def test_no_case_is_made_of_the_words_of_a_post_that_was_erased_meanwhile(ledger: Ledger) -> None:
    arrive(ledger, [post(3), post(2), post(1)])
    read_all(ledger)
    assert leases.hold(ledger, "triage", "t", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    forget.erase_post(ledger, post(3).post_id, "erasure", NOW)
    found = [*into_case(post(3), post(2)), no_case(post(1))]
    assert decisions.store_decisions(ledger, "t", found, NOW) == 1
    assert read.case_record(ledger, case_key(post(3))) is None
    assert [fact.decision for fact in read.post_records(ledger)] == ["no_case", "untriaged"]
    assert unbalanced(ledger) == []


def test_a_label_corrected_while_triage_decides_is_decided_again(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert leases.hold(ledger, "triage", "t", NOW, LEASE)
    decisions.untriaged(ledger, 9)
    corrections.correct(ledger, post(1).post_id, "actionable", False, "ana", "", NOW)
    assert decisions.store_decisions(ledger, "t", into_case(post(1)), NOW) == 0
    assert len(decisions.untriaged(ledger, 9)) == 1
    assert decisions.store_decisions(ledger, "t", [no_case(post(1))], NOW) == 1


def test_what_triage_decides_while_nobody_asked_for_the_posts_is_not_written(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert leases.hold(ledger, "triage", "t", NOW, LEASE)
    assert decisions.store_decisions(ledger, "t", into_case(post(1)), NOW) == 0
