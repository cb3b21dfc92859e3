"""Incidents in the ledger: what people say holds, every trace goes with its post, and an old ledger keeps its incidents."""

import pytest
from sqlalchemy import select

from core.errors import ChangeRefusedError
from core.records.decision import Decision, Suggestion
from core.records.post import Post
from ledger import leases, read, schema
from ledger.cases import corrections
from ledger.cases.grouping import rulings
from ledger.database import LeaseLostError, Ledger
from ledger.ingest import cursors, store
from ledger.processing import decisions, memberships
from ledger.retention import forget
from tests.support.ledger_facts import HOUR, LEASE, NOW, arrive, decide, into_case, no_case, opened_case, post, read_all, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def key(of: Post) -> str:
    return f"I-{of.post_id[-12:]}"


def waiting(one: Post, *suggested: str, keys: tuple[int, ...] = (1,)) -> Decision:
    """A post in review, in an incident of its own."""
    more = {"incident_key": key(one), "keys": keys, "at": one.created_at.timestamp()}
    found = tuple(Suggestion(incident=each, probability=0.4) for each in suggested)
    return no_case(one, "in_review").model_copy(update=more | {"suggestions": found})


def with_a_case_and_a_doubtful_post(ledger: Ledger) -> str:
    case = opened_case(ledger, post(3))
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decide(ledger, [waiting(post(1), key(post(3)))]) == 1
    return case


def test_suggestions_are_shown_with_their_case(ledger: Ledger) -> None:
    case = with_a_case_and_a_doubtful_post(ledger)
    (shown,) = read.suggestions(ledger, post(1).post_id)
    assert (shown.case_key, shown.incident_key, shown.probability, shown.posts) == (case, key(post(3)), 0.4, 1)
    assert read.memberships(ledger, [post(1).post_id])[post(1).post_id].suggested == ((key(post(3)), 0.4),)


def test_a_person_puts_a_doubtful_post_into_a_case(ledger: Ledger) -> None:
    case = with_a_case_and_a_doubtful_post(ledger)
    joining = into_case(post(3), post(1))[1]
    with pytest.raises(LeaseLostError):
        rulings.rule_same(ledger, joining, "ana", "", NOW)
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    rulings.rule_same(ledger, joining, "ana", "", NOW)
    with pytest.raises(ChangeRefusedError, match="in a case"):
        rulings.rule_same(ledger, joining, "ana", "", NOW)
    fact = read.post_record(ledger, post(1).post_id)
    assert fact is not None
    assert (fact.decision, fact.case_key) == ("in_case", case)
    member = read.memberships(ledger, [post(1).post_id])[post(1).post_id]
    assert (member.incident_key, member.who, member.suggested) == (key(post(3)), "ana", ())
    assert [(one.same, one.who) for one in read.incident_rulings(ledger)] == [(True, "ana")]
    assert unbalanced(ledger) == []


def test_what_a_person_put_together_no_machine_takes_apart(ledger: Ledger) -> None:
    with_a_case_and_a_doubtful_post(ledger)
    arrive(ledger, [post(2)])
    read_all(ledger)
    decide(ledger, [waiting(post(2))])
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    rulings.rule_same(ledger, waiting(post(2)).model_copy(update={"incident_key": key(post(1))}), "ana", "", NOW)
    leases.release(ledger, "triage", "ana")
    corrections.correct(ledger, post(2).post_id, "topic", "noise", "ana", "", NOW)
    assert decide(ledger, [waiting(post(2))]) == 1
    assert read.memberships(ledger, [post(2).post_id])[post(2).post_id].incident_key == key(post(1))
    with decisions.known_posts(ledger) as known:
        assert known.member_of(post(2).post_id) == key(post(1))


def test_what_a_person_ruled_out_is_remembered_and_no_longer_suggested(ledger: Ledger) -> None:
    with_a_case_and_a_doubtful_post(ledger)
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    rulings.rule_apart(ledger, post(1).post_id, key(post(3)), key(post(1)), "ana", "", NOW)
    assert read.suggestions(ledger, post(1).post_id) == []
    with decisions.known_posts(ledger) as known:
        assert known.excluded_incidents(post(1).post_id) == {key(post(3))}
    rulings.rule_apart(ledger, post(1).post_id, key(post(1)), key(post(1)), "ana", "", NOW)
    assert read.memberships(ledger, [post(1).post_id])[post(1).post_id].incident_key != key(post(1))
    with pytest.raises(ChangeRefusedError, match="no post"):
        rulings.rule_apart(ledger, post(9).post_id, "I-1", "I-2", "ana", "", NOW)


def test_every_trace_of_a_post_in_the_incidents_goes_with_it(ledger: Ledger) -> None:
    with_a_case_and_a_doubtful_post(ledger)
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    rulings.rule_apart(ledger, post(1).post_id, "I-other", key(post(1)), "ana", "", NOW)
    forget.erase_post(ledger, post(1).post_id, "erasure", NOW)
    tables = (schema.incident_posts, schema.incident_suggestions, schema.incident_rulings, schema.match_keys)
    with ledger.read() as connection:
        for table in tables:
            found = connection.execute(select(table).where(table.c.post_id == post(1).post_id)).all()
            assert found == [], table.name
    assert unbalanced(ledger) == []


def test_a_changed_text_is_filed_anew_when_it_was_read(ledger: Ledger) -> None:
    opened_case(ledger, post(3))
    with ledger.read() as connection:
        assert connection.execute(select(schema.match_keys)).all() == []
    changed = post(3).model_copy(update={"text": "Otra cosa", "edited_at": NOW})
    store.store_page(ledger, cursors.begin_run(ledger, "archive", NOW), "archive", [changed], [], {}, None, NOW)
    assert memberships.posts_without_keys(ledger, 9) == []  # it is read first
    read_all(ledger)
    [(found, _)] = memberships.posts_without_keys(ledger, 9)
    assert found.text == "Otra cosa"
    memberships.store_keys(ledger, {found.post_id: (1.0, (5, 6))})
    assert memberships.posts_without_keys(ledger, 9) == []
    with decisions.known_posts(ledger) as known:
        assert known.newest([5], 0.0, most=3) == {5: [(1.0, found.post_id)]}


def test_old_keys_go_when_nothing_waits(ledger: Ledger) -> None:
    arrive(ledger, [post(30), post(1)])
    read_all(ledger)
    decide(ledger, [waiting(post(30), keys=(1, 2))])
    before = (NOW - 24 * HOUR).timestamp()
    assert memberships.prune(ledger, before) == 0  # post 1 waits
    decide(ledger, [waiting(post(1))])
    assert memberships.prune(ledger, before) == 2
    assert memberships.prune(ledger, before) == 0


def test_an_answer_that_is_only_read_is_no_member_of_its_incident(ledger: Ledger) -> None:
    root, comment, later = post(5), post(4, reply_to=post(5).post_id), post(1)
    arrive(ledger, [root, comment, later])
    read_all(ledger)
    aside = no_case(comment).model_copy(update={"incident_key": key(root), "reason": "thread: a debate", "keys": ()})
    assert decide(ledger, [waiting(root), aside, waiting(later, key(root))]) == 3
    with decisions.known_posts(ledger) as known:
        found = known.incident(key(root), 10)
        assert found is not None
        assert (found.post_ids, found.size) == ((root.post_id,), 1)
        assert known.posts([comment.post_id])[comment.post_id].incident == key(root)  # who answers it finds the incident
        assert not known.assigned_by_person(comment.post_id)
    (shown,) = read.suggestions(ledger, later.post_id)
    assert shown.posts == 1
    assert leases.hold(ledger, "triage", "ana", NOW, LEASE)
    rulings.rule_same(ledger, into_case(root, later)[1], "ana", "", NOW)
    in_case = {fact.post_id for fact in read.post_records(ledger, decision="in_case")}
    assert in_case == {root.post_id, later.post_id}
