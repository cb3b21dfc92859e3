"""Reading: posts are lent for a while, what was found is written once, and corrections outlive every reader."""

import pytest

from core.records.annotation import Quarantined
from ledger import leases, read, schema
from ledger.cases import corrections, reviews
from ledger.database import Ledger
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from tests.support.ledger_facts import (
    ALCALA,
    HOUR,
    LEASE,
    NOW,
    NOWHERE,
    SOL,
    arrive,
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


def _ids(posts: list[object]) -> list[str]:
    return [one.post_id for one in posts]  # type: ignore[attr-defined]


def test_posts_are_lent_oldest_first_and_to_one_worker_only(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(1), post(2), post(3)])
    assert annotations.claim_pending(ledger, "a", 2, NOW, LEASE) == [
        post(3).model_copy(update={"origin": ""}),
        post(2).model_copy(update={"origin": ""}),
    ]
    assert [one.post_id for one in annotations.claim_pending(other, "b", 9, NOW, LEASE)] == [post(1).post_id]
    assert annotations.claim_pending(other, "c", 9, NOW, LEASE) == []


def test_no_complaint_waits_for_reposts_or_for_what_the_city_writes_and_these_are_read_too(ledger: Ledger) -> None:
    repost, own = post(4, kind="repost"), post(3, own=True)
    arrive(ledger, [repost, own, post(2), post(1)])
    lent = [[one.post_id for one in annotations.claim_pending(ledger, "a", 3, NOW, LEASE)] for _ in range(3)]
    assert lent == [[post(2).post_id, post(1).post_id, repost.post_id], [own.post_id], []]


def test_what_a_killed_worker_held_comes_free_when_its_lease_ends(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    annotations.claim_pending(ledger, "killed", 9, NOW, LEASE)
    assert annotations.claim_pending(ledger, "next", 9, NOW + LEASE / 2, LEASE) == []
    assert len(annotations.claim_pending(ledger, "next", 9, NOW + LEASE, LEASE)) == 1


def test_what_a_worker_that_is_known_dead_held_comes_free_at_once(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    annotations.claim_pending(ledger, "dead", 9, NOW, LEASE)
    assert leases.holders(ledger) == {"dead"}
    leases.release_all(ledger, "dead")
    assert leases.holders(ledger) == set()
    assert len(annotations.claim_pending(ledger, "next", 9, NOW, LEASE)) == 1


def test_a_worker_that_lost_its_lease_writes_nothing(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    annotations.claim_pending(ledger, "slow", 9, NOW, LEASE)
    annotations.claim_pending(ledger, "quick", 1, NOW + LEASE, LEASE)
    slow = [reading(post(1), "slow@1"), reading(post(2), "slow@1")]
    assert annotations.store_annotations(ledger, "slow", slow, [], NOW + LEASE) == 1
    assert read.annotation_of(ledger, post(2).post_id) is None
    assert annotations.store_annotations(ledger, "quick", [reading(post(2), "quick@1")], [], NOW + LEASE) == 1
    assert annotations.store_annotations(ledger, "slow", slow, [], NOW + LEASE) == 0
    assert [fact.model for fact in read.post_records(ledger)] == ["slow@1", "quick@1"]
    assert unbalanced(ledger) == []


def test_the_reading_of_a_text_that_changed_meanwhile_is_not_written(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    annotations.claim_pending(ledger, "reader", 9, NOW, LEASE)
    arrive(ledger, [post(1, text="otra cosa", edited_at=NOW)])
    assert annotations.store_annotations(ledger, "reader", [reading(post(1))], [], NOW) == 0
    assert read.annotation_of(ledger, post(1).post_id) is None
    assert len(annotations.claim_pending(ledger, "reader", 9, NOW, LEASE)) == 1


def test_a_post_the_reader_cannot_handle_is_set_aside_with_the_reason_and_the_others_go_on(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    poison = Quarantined(post_id=post(1).post_id, reason="tokenizer: too many combining marks")
    assert annotations.store_annotations(ledger, "r", [reading(post(2))], [poison], NOW) == 2
    steps = read.steps(ledger)
    assert (steps.pending, steps.classified, steps.quarantined) == (0, 1, 1)
    assert read.unprocessed_counts(ledger, NOW - 9 * HOUR, NOW) == [("archive", "tokenizer: too many combining marks", 1)]
    assert unbalanced(ledger) == []


def test_a_reading_comes_back_as_it_was_written(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert read.annotation_of(ledger, post(1).post_id) == reading(post(1))
    assert read.model_in_use(ledger) == "reader@1"


def test_the_surest_resolved_place_is_the_place_of_the_post(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    found = [reading(post(1), places=(NOWHERE, ALCALA, SOL)), reading(post(2), places=(NOWHERE,))]
    annotations.store_annotations(ledger, "r", found, [], NOW)
    with_place, without = list(read.post_records(ledger))
    assert (with_place.place, with_place.district, with_place.barrio, with_place.lat) == ("Puerta del Sol", "Centro", "Sol", None)
    assert with_place.places == (NOWHERE, ALCALA, SOL)
    assert (without.place, without.district, without.places) == (None, None, (NOWHERE,))


def test_another_model_reads_again_what_is_in_no_hand_of_a_person(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    arrive(ledger, [post(2), post(3)])
    read_all(ledger)
    decide(ledger, [no_case(post(2)), no_case(post(3), "in_review")])
    reviews.reject_review(ledger, post(3).post_id, "ana", "", NOW)
    assert annotations.requeue_outdated(ledger, "reader@1") == 0
    assert annotations.requeue_outdated(ledger, "reader@2") == 3
    assert unbalanced(ledger) == []
    assert read_all(ledger, model="reader@2") == 3
    facts = {fact.post_id: fact for fact in read.post_records(ledger)}
    assert [facts[post(n).post_id].decision for n in (1, 2, 3)] == ["in_case", "untriaged", "no_case"]
    assert {fact.model for fact in facts.values()} == {"reader@2"}
    assert facts[post(1).post_id].case_key == key
    assert unbalanced(ledger) == []


def test_another_model_tries_again_what_the_old_one_could_not_read(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2)])
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    annotations.store_annotations(ledger, "r", [reading(post(2))], [Quarantined(post_id=post(1).post_id, reason="poison")], NOW)
    assert annotations.requeue_outdated(ledger, "reader@1") == 0
    assert annotations.requeue_outdated(ledger, "reader@2") == 2


def test_a_correction_holds_before_and_after_every_reading(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    corrections.correct(ledger, post(1).post_id, "sentiment", "neutral", "ana", "irony", NOW)  # before it was read
    read_all(ledger)
    corrections.correct(ledger, post(1).post_id, "actionable", False, "ana", "", NOW)
    annotations.requeue_outdated(ledger, "reader@2")
    read_all(ledger, model="reader@2")
    fact = read.post_record(ledger, post(1).post_id)
    assert fact is not None
    assert (fact.sentiment, fact.sentiment_score, fact.actionable, fact.actionable_score) == ("neutral", 1.0, False, 0.0)
    assert fact.corrected == ("actionable", "sentiment")
    said = read.annotation_of(ledger, post(1).post_id, corrected=False)
    assert said is not None
    assert said.labels["sentiment"].value == "negative"
    assert [(c.question, c.value, c.who, c.why) for c in read.corrections_of(ledger, post(1).post_id)] == [
        ("sentiment", "neutral", "ana", "irony"),
        ("actionable", False, "ana", ""),
    ]


def test_triage_sees_corrections_laid_over_the_labels(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "", NOW)
    corrections.correct(ledger, post(1).post_id, "topic", "waste_cleaning", "ana", "", NOW)
    ((_, seen),) = decisions.untriaged(ledger, 9)
    assert (seen.labels["topic"].value, seen.labels["topic"].model) == ("waste_cleaning", "person")
    assert seen.labels["intent"].model == "reader@1"


@pytest.mark.parametrize("decision", ["no_case", "in_review"])
def test_a_corrected_post_is_decided_again_unless_it_is_in_a_case(ledger: Ledger, decision: str) -> None:
    key = opened_case(ledger, post(1))
    arrive(ledger, [post(2)])
    read_all(ledger)
    decide(ledger, [no_case(post(2), decision)])
    for n in (1, 2):
        corrections.correct(ledger, post(n).post_id, "actionable", True, "ana", "", NOW)
    facts = {fact.post_id: (fact.decision, fact.case_key) for fact in read.post_records(ledger)}
    assert facts == {post(1).post_id: ("in_case", key), post(2).post_id: ("untriaged", None)}
    assert unbalanced(ledger) == []


def test_the_columns_that_are_counted_are_always_those_of_reading_and_correction(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(1, 5)])
    read_all(ledger)
    corrections.correct(ledger, post(2).post_id, "intent", "praise", "ana", "", NOW)
    corrections.correct(ledger, post(3).post_id, "relevance", False, "ana", "", NOW)
    questions = ("sentiment", "intent", "topic", "actionable", "relevance", "language")
    for fact in read.post_records(ledger):
        holds = read.annotation_of(ledger, fact.post_id)
        assert holds is not None
        assert {q: getattr(fact, q) for q in questions} == {q: holds.labels[q].value for q in questions}


def test_a_stored_reading_changes_nothing_when_it_is_stored_again(ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    assert annotations.store_annotations(ledger, "r", [reading(post(1))], [], NOW) == 1
    before = read.post_record(ledger, post(1).post_id)
    assert annotations.store_annotations(ledger, "r", [reading(post(1), "late@1")], [], NOW) == 0
    assert read.post_record(ledger, post(1).post_id) == before


def test_erased_while_it_was_read_it_stays_erased(ledger: Ledger, other: Ledger) -> None:
    from ledger.retention import forget

    arrive(ledger, [post(1)])
    annotations.claim_pending(ledger, "r", 9, NOW, LEASE)
    forget.erase_post(other, post(1).post_id, "erasure", NOW)
    assert annotations.store_annotations(ledger, "r", [reading(post(1))], [], NOW) == 0
    with ledger.read() as connection:
        assert connection.execute(schema.annotations.select()).all() == []
    assert unbalanced(ledger) == []


def test_a_page_and_a_case_do_not_stop_each_other(ledger: Ledger) -> None:
    opened_case(ledger, post(1))
    run_id = cursors.begin_run(ledger, "archive", NOW)
    store.store_page(ledger, run_id, "archive", [post(1), post(2)], [], {}, None, NOW)
    read_all(ledger)
    assert decide(ledger, into_case(post(1), post(2))[1:]) == 1
    assert unbalanced(ledger) == []
