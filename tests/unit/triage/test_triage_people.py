"""Triage when a person has spoken: a doubtful post taken for a case, or put into an incident; and cases that have ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.records.annotation import Label
from core.records.decision import Decision
from tests.support.decided_before import DecidedBefore
from tests.unit.triage.test_triage_incidents import LEAK, MADRID, NOON, Read, said
from triage import decide
from triage.decide import accept, build_features, join
from triage.incident_matching.weights import load
from triage.topics import vote

LEAK_AGAIN = "Sigue saliendo agua de la tubería de Embajadores 190, menudo reventón, toda la calle inundada."
LONG_AGO = NOON - timedelta(days=30)
CLOSED: dict[str, Any] = {"state": "resolved", "closed_at": LONG_AGO}


class Before(DecidedBefore):
    """What triage decided before; `put`: posts that stand in an incident and are decided anew, since their text changed."""

    put: dict[str, str]

    def member_of(self, post_id: str) -> str | None:
        return self.put.get(post_id)


def before(*posts: Read, put: str | None = None, **more: Any) -> Before:
    """What triage decided of these posts; `state` and `closed_at` of their case; `put`: a post that stands in it too."""
    known = Before(posts, decide(MADRID, list(posts)), **more)
    known.put = {} if put is None else {put.ljust(32, "0"): belongs(known)}
    return known


def belongs(known: DecidedBefore) -> str:
    (key,) = {one.belongs_to for one in known.decided.values()}
    assert key is not None
    return key


def shown(one: Decision) -> tuple[str, str | None, float, bool]:
    return one.outcome, one.belongs_to, one.probability, one.opens


def test_an_accepted_post_goes_into_the_case_of_its_incident() -> None:
    known = before(said("a"))
    post, reading = said("b", LEAK_AGAIN, 20, score=0.6)
    found = accept(MADRID, post, reading, known, "ana")
    assert (found.outcome, found.belongs_to, found.opens) == ("in_case", belongs(known), False)
    assert found.case is not None
    assert found.case.post_ids == ("a".ljust(32, "0"), "b".ljust(32, "0"))


def test_an_accepted_post_that_was_alone_is_matched_once_more() -> None:
    doubtful = said("b", LEAK_AGAIN, 20, score=0.6)
    known = before(said("a"))
    known.put = {doubtful[0].post_id: "I-20261124-b00000000000"}
    assert accept(MADRID, *doubtful, known, "ana").belongs_to == belongs(known)


@pytest.mark.parametrize(("state", "closed_at"), [("merged", None), ("resolved", LONG_AGO), ("rejected", LONG_AGO)])
def test_an_accepted_post_whose_case_has_ended_opens_a_case_of_its_own(state: str, closed_at: datetime | None) -> None:
    known = before(said("a"), put="b", state=state, closed_at=closed_at)
    post, reading = said("b", LEAK_AGAIN, 20)
    found = accept(MADRID, post, reading, known, "ana")
    assert shown(found) == ("in_case", "I-20261124-b00000000000-2", 1.0, True)


def test_a_post_that_is_put_into_an_incident_with_an_open_case_goes_into_the_case() -> None:
    known = before(said("a"))
    post, reading = said("b", "Otra cosa muy distinta", 20, score=0.1, topic="noise")
    found = join(MADRID, post, reading, known, belongs(known), "ana")
    assert shown(found) == ("in_case", belongs(known), 1.0, False)
    assert found.reason == f"person: ana said it is the same as {belongs(known)}"
    assert found.case is not None
    assert found.case.post_ids == ("a".ljust(32, "0"), "b".ljust(32, "0"))


@pytest.mark.parametrize(
    ("score", "case"),
    [(0.1, {}), (0.9, {"state": "merged"}), (0.9, CLOSED)],
    ids=["it has no case", "its case was merged", "its case was closed long ago"],
)
def test_a_post_that_is_put_into_an_incident_without_a_case_that_takes_it_waits_with_it(score: float, case: dict[str, Any]) -> None:
    known = before(said("a", score=score), **case)
    post, reading = said("b", "Otra cosa muy distinta", 20, score=0.1, topic="noise")
    found = join(MADRID, post, reading, known, belongs(known), "ana")
    assert shown(found) == ("in_review", belongs(known), 1.0, False)
    assert (found.case, found.reason) == (None, f"person: ana said it is the same as {belongs(known)}")


def test_a_changed_post_of_a_case_that_was_closed_long_ago_waits_for_a_person() -> None:
    [found] = decide(MADRID, [said("b", LEAK_AGAIN, 20)], before(said("a"), put="b", **CLOSED))
    assert (found.outcome, found.reason) == ("in_review", "ended: its case was closed long ago or merged")


def test_the_reasons_of_posts_that_are_never_a_case() -> None:
    own, repost = said("a", own=True), said("b", LEAK, 1, kind="repost")
    assert [(one.outcome, one.reason, one.belongs_to) for one in decide(MADRID, [own, repost])] == [
        ("no_case", "own: written by the city itself", None),
        ("no_case", "repost: counted, never a case of its own", None),
    ]


def test_a_joined_post_says_with_what() -> None:
    first = said("a")
    plain = said("b", "Sigue igual, una vergüenza", 10, answers=first)
    mended = said("c", "Ya está arreglado, gracias", 20, answers=first, sentiment="positive", intent="praise")
    reasons = [one.reason for one in decide(MADRID, [first, plain, mended])]
    key = "I-20261124-a00000000000"
    assert reasons[1:] == [f"joined: answers a post of it with {key}", f"joined: answers a post of it with {key}"]


@pytest.mark.parametrize(
    ("person", "outcome", "reason"),
    [
        (True, "in_case", "person: marked actionable"),
        (False, "no_case", "spam: a test of the platform or advertising"),
        (None, "no_case", "spam: a test of the platform or advertising"),
    ],
    ids=["a person says actionable", "a person says not", "only the model says actionable"],
)
def test_only_a_person_who_says_actionable_outweighs_spam(person: bool | None, outcome: str, reason: str) -> None:
    post, reading = said("a", person=person)
    spam = Label(question="spam", value=True, score=1.0, model="m@1")
    [found] = decide(MADRID, [(post, reading.model_copy(update={"labels": reading.labels | {"spam": spam}}))])
    assert (found.outcome, found.reason) == (outcome, reason)


def test_spam_and_the_citys_own_words_have_no_kind() -> None:
    post, reading = said("a")
    spam = Label(question="spam", value=True, score=1.0, model="m@1")
    found = decide(MADRID, [(post, reading.model_copy(update={"labels": reading.labels | {"spam": spam}})), said("b", own=True)])
    assert [(one.outcome, one.reason, one.kind) for one in found] == [
        ("no_case", "spam: a test of the platform or advertising", None),
        ("no_case", "own: written by the city itself", None),
    ]


def test_a_post_that_can_be_acted_on_outvotes_a_surer_topic_of_one_that_cannot() -> None:
    weights = load()
    talk = replace(build_features(MADRID, weights.vocabulary, *said("a")), topic="noise", topic_score=0.9, actionable=0.1)
    report = replace(build_features(MADRID, weights.vocabulary, *said("b")), topic="parks_trees", topic_score=0.5, actionable=0.9)
    assert vote([talk, report]).topic == "parks_trees"  # 0.9 * 0.35 = 0.32 against 0.5 * 1.15 = 0.58
