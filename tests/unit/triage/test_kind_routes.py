"""Kind before case: a proposal is listed, a debate is a conversation, praise goes to its service, a notice opens a case."""

import pytest

from core.records.annotation import Label
from core.records.kind import KIND_QUESTION
from tests.unit.triage.test_triage_incidents import MADRID, Read, outcomes, said
from triage import decide

LANE = "Carril bici en la calle de Embajadores. Proponemos un carril bici protegido de Atocha a Legazpi."
BENCH = "En la plaza de Olavide hay un banco roto, que lo arreglen"
TALK = "No estoy de acuerdo, las bicis no pagan impuestos"


def proposed(name: str = "a", text: str = LANE, score: float = 0.95) -> Read:
    fields = {"source": "consul", "thread": name.ljust(32, "0"), "intent": "suggestion", "topic": "cycling_scooters"}
    return said(name, text, score=score, **fields)  # type: ignore[arg-type]


def commented(name: str, text: str, under: Read, score: float = 0.9, **more: object) -> Read:
    return said(name, text, 5, score, answers=under, source="consul", thread=under[0].post_id, **more)  # type: ignore[arg-type]


def called(read: Read, kind: str) -> Read:
    """The same post after a person said its kind."""
    label = Label(question=KIND_QUESTION, value=kind, score=1.0, model="person")
    return read[0], read[1].model_copy(update={"labels": {**read[1].labels, KIND_QUESTION: label}})


def test_a_proposal_is_listed_and_opens_no_case() -> None:
    [found] = decide(MADRID, [proposed()])
    assert (found.outcome, found.kind, found.case) == ("no_case", "proposal", None)
    assert found.reason == "kind: proposal, in the list of proposals"


def test_a_city_that_works_proposals_as_cases_says_so_in_its_profile() -> None:
    city = MADRID.model_copy(update={"triage": MADRID.triage.model_copy(update={"proposals": "case"})})
    [found] = decide(city, [proposed()])
    assert (found.outcome, found.case is not None and found.case.kind) == ("in_case", "proposal")


def test_opinions_on_a_proposal_are_a_conversation() -> None:
    root = proposed()
    found = decide(MADRID, [root, commented("b", TALK, root, 0.7)])
    assert outcomes(found) == ["no_case", "no_case"]
    assert found[1].reason == "thread: a debate, and reports nothing at a place"


def test_a_remark_in_a_debate_that_reports_a_broken_bench_is_a_notice_of_its_own() -> None:
    root = proposed()
    found = decide(MADRID, [root, commented("b", BENCH, root, topic="parks_trees"), commented("c", TALK, root, 0.7)])
    assert outcomes(found) == ["no_case", "in_case", "no_case"]
    assert found[1].case is not None
    assert (found[1].case.post_ids, found[1].case.kind) == ((found[1].post_id,), "report")


def test_a_comment_under_a_notice_is_a_witness() -> None:
    root = said("a", BENCH, source="consul", thread="a".ljust(32, "0"))
    found = decide(MADRID, [root, commented("b", "A mí también me pasó, casi me caigo", root, 0.7)])
    assert outcomes(found) == ["in_case", "in_case"]
    assert found[0].belongs_to == found[1].belongs_to


@pytest.mark.parametrize("kind", ["praise", "thanks", "proposal"])
def test_what_a_person_said_of_the_kind_decides(kind: str) -> None:
    [found] = decide(MADRID, [called(said("a", BENCH), kind)])
    assert (found.outcome, found.kind) == ("no_case", kind)


def test_a_report_with_service_and_place_is_a_case_whatever_the_words_ask() -> None:
    post, read = said("a", "Propongo un carril bici en la calle de Embajadores 12", intent="suggestion", source="inbox")
    stated = post.model_copy(update={"service": "cycling_scooters"})
    [found] = decide(MADRID, [(stated, read)])
    assert found.outcome == "in_case"


def test_a_question_still_goes_to_the_office() -> None:
    [found] = decide(MADRID, [said("a", "¿A qué hora abre la oficina de Aluche?", intent="question")])
    assert (found.outcome, found.kind) == ("in_case", "question")
