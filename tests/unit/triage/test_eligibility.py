"""Test what becomes a case, what a person must look at, what neither.

What joins what: `test_triage_incidents.py`.
"""

from typing import Any

import pytest

from core.records.annotation import Annotation, Label
from core.records.post import Post
from tests.support.decided_before import DecidedBefore
from tests.support.triage_facts import MADRID, NOON, answers, decide_all, post, reading
from triage.decide import accept


@pytest.mark.parametrize(
    ("score", "outcome", "reason"),
    [
        (0.80, "in_case", "act: actionable 0.80 >= 0.80"),
        (0.79, "in_review", "review: actionable 0.79 between 0.50 and 0.80"),
        (0.50, "in_review", "review: actionable 0.50 between 0.50 and 0.80"),
        (0.49, "no_case", "below: actionable 0.49 < 0.50"),
    ],
)
def test_the_thresholds_of_the_profile_decide(score: float, outcome: str, reason: str) -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, score=score)))
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_what_the_city_writes_itself_never_makes_a_case() -> None:
    one = post("a", own=True)
    [decision] = decide_all((one, reading(one)))
    assert (decision.outcome, decision.reason) == ("no_case", "own: written by the city itself")


def test_a_repost_never_makes_a_case() -> None:
    one = post("a", kind="repost")
    assert decide_all((one, reading(one)))[0].outcome == "no_case"


@pytest.mark.parametrize(("archives", "outcome"), [("case", "in_case"), ("list", "no_case")])
def test_a_replayed_archive_makes_cases_as_the_profile_says(archives: str, outcome: str) -> None:
    city = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"archives": archives})})
    replayed, example = post("a", replayed_from=NOON), post("b", source="example-x", replayed_from=NOON)
    decided = decide_all((replayed, reading(replayed)), (example, reading(example)), city=city)
    assert [one.outcome for one in decided] == [outcome, "in_case"]
    assert (decided[0].reason == "archive: counted and shown, opens no case") == (archives == "list")


def test_a_post_about_another_madrid_makes_no_case() -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, score=0.3, relevance=False)))
    assert (decision.outcome, decision.reason) == ("no_case", "relevance: not about Madrid (score 0.10)")


def test_relevance_alone_drops_nothing_that_a_service_could_act_on() -> None:
    one = post("a")
    [decision] = decide_all((one, reading(one, score=0.95, relevance=False)))
    assert (decision.outcome, decision.case) == ("in_review", None)
    assert decision.reason == "relevance: not about Madrid (score 0.10), but actionable 0.95"


def doubted(one: Post, relevance: float, score: float, model: str = "m@1") -> tuple[Post, Annotation]:
    read = reading(one, score=score)
    label = Label(question="relevance", value=False, score=relevance, model=model)
    return one, read.model_copy(update={"labels": {**read.labels, "relevance": label}})


@pytest.mark.parametrize(
    ("relevance", "score", "outcome", "reason"),
    [
        (0.34, 0.95, "in_case", "act: actionable 0.95 >= 0.80; perhaps about Madrid (score 0.34 >= 0.20)"),
        (0.20, 0.80, "in_case", "act: actionable 0.80 >= 0.80; perhaps about Madrid (score 0.20 >= 0.20)"),
        (0.19, 0.95, "in_review", "relevance: not about Madrid (score 0.19), but actionable 0.95"),
        (0.49, 0.79, "in_review", "relevance: not about Madrid (score 0.49), but actionable 0.79"),
    ],
)
def test_a_report_that_is_sure_enough_opens_a_case_though_its_place_is_in_doubt(
    relevance: float, score: float, outcome: str, reason: str
) -> None:
    [decision] = decide_all(doubted(post("a"), relevance, score))
    assert (decision.outcome, decision.reason) == (outcome, reason)
    assert decision.relabel == (("relevance",) if outcome == "in_case" else ())


def test_what_a_person_said_is_not_about_the_city_opens_no_case() -> None:
    [decision] = decide_all(doubted(post("a"), 0.0, 0.95, model="person"))
    assert decision.outcome == "in_review"


def test_several_people_in_doubt_open_no_case_together() -> None:
    first, second = answers(2)
    found = decide_all(doubted(first, 0.4, 0.7), doubted(second, 0.4, 0.7))
    assert [one.outcome for one in found] == ["in_review", "in_review"]


def in_basque(one: Post, **more: Any) -> tuple[Post, Annotation]:
    read = reading(one, **more)
    language = Label(question="language", value="eu", score=0.99, model="m@1")
    return one, read.model_copy(update={"labels": {**read.labels, "language": language}})


@pytest.mark.parametrize("score", [0.02, 0.6, 0.99])
def test_a_post_in_basque_goes_to_a_person_whatever_its_score(score: float) -> None:
    [decision] = decide_all(in_basque(post("a"), score=score))
    assert (decision.outcome, decision.case) == ("in_review", None)
    assert decision.reason == "language: posts in eu are not read well enough to decide by"


def test_a_post_in_basque_that_answers_a_known_case_joins_it() -> None:
    first, second = answers(2)
    found = decide_all((first, reading(first)), in_basque(second, score=0.02))
    assert [one.outcome for one in found] == ["in_case", "in_case"]


def test_a_post_in_basque_about_another_madrid_makes_no_work() -> None:
    [decision] = decide_all(in_basque(post("a"), score=0.3, relevance=False))
    assert (decision.outcome, decision.reason) == ("no_case", "relevance: not about Madrid (score 0.10)")


def test_what_a_person_says_of_a_post_in_basque_holds() -> None:
    [decision] = decide_all(in_basque(post("a"), score=1.0, model="person"))
    assert decision.outcome == "in_case"


def test_a_persons_correction_outweighs_the_score() -> None:
    one = post("a")
    [yes] = decide_all((one, reading(one, score=1.0, model="person")))
    [no] = decide_all((one, reading(one, score=0.0, model="person")))
    assert (yes.outcome, no.outcome) == ("in_case", "no_case")


def test_a_person_accepts_a_doubtful_post() -> None:
    one = post("a")
    decision = accept(MADRID, one, reading(one, score=0.6), DecidedBefore([], []), "ana")
    assert (decision.outcome, decision.opens, decision.reason) == ("in_case", True, "person: ana accepted it")


def test_the_same_input_gives_the_same_decision() -> None:
    posts = [(one, reading(one)) for one in (post("a"), post("b"), post("c"))]
    assert decide_all(*posts) == decide_all(*posts)


@pytest.mark.parametrize(
    ("changed", "score", "outcome", "reason"),
    [
        ({"kind": "repost"}, 0.95, "no_case", "repost: counted, never a case of its own"),
        ({}, 1.0, "in_case", "person: marked actionable"),
        ({}, 0.0, "no_case", "person: marked not actionable"),
    ],
)
def test_every_decision_says_why(changed: dict[str, Any], score: float, outcome: str, reason: str) -> None:
    one = post("a", **changed)
    model = "person" if not changed else "m@1"
    [decision] = decide_all((one, reading(one, score=score, model=model)))
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_what_a_person_marked_as_doubtful_is_decided_by_the_person_and_not_by_the_threshold() -> None:
    one = post("a")
    marked = reading(one, score=0.6, model="person")
    [decision] = decide_all((one, marked))
    assert decision.reason == "person: marked actionable"
