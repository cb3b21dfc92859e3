"""Test that a report with a chosen service and a place is a case at once, and what the model may still say of it."""

from typing import Any

import pytest

from core.i18n.reasons import display_reason
from core.records.annotation import Annotation, Label
from core.records.post import Post
from tests.support.triage_facts import MADRID, decide_all, post, reading
from triage.eligibility import is_stated

AT_ONCE = "service: chosen by the citizen, who says where it is"


def report(**more: Any) -> Post:
    """Make a report by the portal's form: the citizen chose lighting, and wrote a street."""
    given: dict[str, Any] = {"source": "inbox", "service": "street_lighting", "text": "Alumbrado. Farola apagada\nCalle de Narváez 20"}
    return post("a", **{**given, **more})


def labelled(read: Annotation, question: str, value: str | bool, score: float = 0.9, model: str = "m@1") -> Annotation:
    label = Label(question=question, value=value, score=score, model=model)
    return read.model_copy(update={"labels": {**read.labels, question: label}})


@pytest.mark.parametrize(
    ("score", "flag"), [(0.01, "; doubt: actionable 0.010"), (0.49, "; doubt: actionable 0.49"), (0.5, ""), (0.79, "")]
)
def test_a_report_with_service_and_place_is_a_case_whatever_the_models_score(score: float, flag: str) -> None:
    one = report()
    [decision] = decide_all((one, reading(one, score=score, topic="street_lighting")))
    assert decision.outcome == "in_case"
    assert decision.reason == f"{AT_ONCE}{flag}"
    assert decision.case is not None
    assert decision.case.department == MADRID.department("street_lighting").name


def test_what_is_labelled_not_actionable_is_relabelled_with_its_case() -> None:
    one = report()
    [decision] = decide_all((one, reading(one, score=0.3, relevance=False)))
    assert decision.outcome == "in_case"
    assert set(decision.relabel) == {"actionable", "relevance"}


def test_a_report_that_the_model_is_sure_of_carries_no_flag() -> None:
    one = report()
    [decision] = decide_all((one, reading(one, score=0.95)))
    assert (decision.outcome, decision.reason) == ("in_case", "act: actionable 0.95 >= 0.80")


def test_staff_see_each_doubt_of_the_model_on_the_case() -> None:
    one = report(text="Alumbrado. Ya han arreglado la farola\nCalle de Narváez 20")
    read = labelled(reading(one, score=0.2, relevance=False), "intent", "news")
    [decision] = decide_all((one, labelled(read, "sentiment", "neutral")))
    assert decision.outcome == "in_case"
    assert decision.case is not None
    assert decision.case.reason == (f"{AT_ONCE}; doubt: actionable 0.20; doubt: about Madrid 0.10")
    assert display_reason(decision.case.reason, "es").startswith(
        "el ciudadano eligió el servicio e indicó el lugar; el modelo duda de que requiera actuación"
    )


def test_a_report_in_a_language_that_is_read_badly_is_a_case_with_a_flag() -> None:
    one = report(text="Alumbrado. Farola itzalita dago\nCalle de Narváez 20")
    [decision] = decide_all((one, labelled(reading(one, score=0.4), "language", "eu")))
    assert decision.outcome == "in_case"
    assert "posts in eu are not read well enough" in decision.reason


def test_what_reads_as_spam_is_a_case_with_a_flag() -> None:
    one = report(text="Alumbrado. Gane dinero desde casa\nCalle de Narváez 20")
    [decision] = decide_all((one, labelled(reading(one, score=0.95), "spam", True)))
    assert decision.outcome == "in_case"
    assert decision.reason == f"{AT_ONCE}; doubt: perhaps a test or advertising"


def test_a_message_without_a_chosen_service_that_reads_as_spam_makes_no_case() -> None:
    one = report(service=None)
    [decision] = decide_all((one, labelled(reading(one, score=0.95), "spam", True)))
    assert (decision.outcome, decision.reason) == ("no_case", "spam: a test of the platform or advertising")


@pytest.mark.parametrize(
    ("question", "value", "outcome"),
    [("actionable", False, "no_case"), ("relevance", False, "no_case"), ("spam", True, "no_case"), ("case_kind", "thanks", "no_case")],
)
def test_what_a_person_decided_of_a_report_holds(question: str, value: str | bool, outcome: str) -> None:
    one = report()
    by_person = labelled(reading(one, score=0.2), question, value, 1.0 if value is True else 0.0, "person")
    [decision] = decide_all((one, by_person))
    assert decision.outcome == outcome


def test_a_report_without_a_service_is_decided_by_the_model() -> None:
    one = report(service=None)
    assert not is_stated(one)
    [decision] = decide_all((one, reading(one, score=0.6)))
    assert (decision.outcome, decision.reason) == ("in_review", "review: actionable 0.60 between 0.50 and 0.80")
