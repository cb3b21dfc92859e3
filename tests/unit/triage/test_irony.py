"""Praise of something broken is a report that a person reviews; praise of a repair stays praise."""

import pytest

from core.records.annotation import Annotation, Label
from core.records.post import Post
from tests.support.triage_facts import decide_all, post, reading


def praised(text: str, score: float = 0.01) -> tuple[Post, Annotation]:
    one = post("a", text=text, source="x")
    read = reading(one, score=score)
    labels = {
        "intent": Label(question="intent", value="praise", score=0.9, model="m@1"),
        "sentiment": Label(question="sentiment", value="positive", score=0.9, model="m@1"),
    }
    return one, read.model_copy(update={"labels": read.labels | labels})


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("qué bonito el géiser", "geiser"),
        ("Gracias por el socavón de la calle Goya, mis amortiguadores encantados", "socavon"),
        ("Enhorabuena por la nueva piscina de cucarachas en el portal de Sierpes", "cucarachas"),
        ("Qué romántica la plaza a oscuras, gracias alcalde", "oscuras"),
        ("Preciós el forat de la vorera", "forat"),
    ],
)
def test_praise_of_something_broken_is_a_report_that_a_person_reviews(text: str, broken: str) -> None:
    [decision] = decide_all(praised(text))
    assert (decision.outcome, decision.reason) == ("in_review", "irony: praises something broken")
    assert decision.kind == "report"
    assert decision.kind_reason == f"kind: praise of something broken, perhaps irony ({broken})"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Gracias por arreglar el socavón de la calle Goya", "thanks"),
        ("Ya está tapado el bache de Goya, gracias", "thanks"),
        ("Gracias por tapar tan rápido el bache de Goya", "thanks"),
        ("Han tapado el bache de Goya, un diez", "praise"),
        ("Felicidades al equipo, da gusto pasear por Goya sin basura", "praise"),
        ("Qué gusto, ya no hay ratas en el parque", "praise"),
        ("Enhorabuena a los jardineros del Retiro, está precioso", "praise"),
    ],
)
def test_praise_of_a_repair_or_of_what_is_gone_is_counted_and_shown(text: str, kind: str) -> None:
    [decision] = decide_all(praised(text))
    assert (decision.outcome, decision.kind) == ("no_case", kind)
    assert decision.reason == f"kind: {kind}, counted and shown"


def test_ironic_praise_that_is_sure_enough_opens_a_case() -> None:
    assert [one.outcome for one in decide_all(praised("qué bonito el géiser", score=0.95))] == ["in_case"]
