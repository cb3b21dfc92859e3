"""What a citizen replies to "was it solved?", in nine languages; what is no vote stays none."""

import json

import pytest

from core.config.plugins import ROOT
from core.records.annotation import Annotation
from tests.support.triage_facts import NOON, post, reading
from triage.solved import LONG, decide_solved, is_solved

YES = (
    "Sí",
    "si, gracias",
    "@user Sí, ya está arreglado, muchas gracias",
    "Arreglado",
    "Perfecto, solucionado",
    "Ya funciona",
    "Ja està arreglat, gràcies",
    "Xa está arranxado",
    "Bai",
    "Bai, konponduta dago, eskerrik asko",
    "Yes",
    "Yes, fixed, thanks!",
    "Sim, resolvido",
    "Oui, c'est réparé",
    "Sì, risolto",
    "Ja, repariert, danke",
)
NO = (
    "No",
    "No, sigue igual",
    "@user no, todavía no",
    "Sigue sin luz",
    "No está arreglado",
    "Qué va, igual que antes",
    "No ho han arreglat",
    "Non, segue igual",
    "Ez",
    "Oraindik ez",
    "No, it is still broken",
    "Not fixed",
    "Não, continua na mesma",
    "Non, toujours pas",
    "No, non è stato risolto",
    "Nein, immer noch kaputt",
)
NEITHER = (
    "Está arreglado?",
    "It is not sorted",
    "",
    "¿Quién es usted?",
    "Gracias",
    "Sí, pero sigue igual",
    "No, ya está arreglado",
    "¿Arreglado? Qué va",
    "Además hay un bache enorme en la calle de al lado desde el lunes",
    "No lo sé",
    "Ya veremos si es verdad que lo arreglan",
    "Sí que ha venido alguien a mirarlo, pero no sabría decirle en qué ha quedado la cosa",
)


@pytest.mark.parametrize("text", YES)
def test_solved(text: str) -> None:
    assert is_solved(text) is True


@pytest.mark.parametrize("text", NO)
def test_not_solved(text: str) -> None:
    assert is_solved(text) is False


@pytest.mark.parametrize("text", NEITHER)
def test_no_vote(text: str) -> None:
    assert is_solved(text) is None


VOTES = [json.loads(line) for line in (ROOT / "tests" / "gold" / "votes.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("vote", [True, False])
def test_of_485_replies_at_least_nine_in_ten_votes_are_right(vote: bool) -> None:
    """`Arreglado a martillazos` was "solved": of the votes for it three in five were right."""
    taken = [row["solved"] for row in VOTES if is_solved(row["text"]) is vote]
    assert len(VOTES) == 485
    assert len(taken) >= 40
    assert taken.count(vote) >= 0.9 * len(taken)


def test_most_replies_that_say_solved_are_votes() -> None:
    said = [is_solved(row["text"]) for row in VOTES if row["solved"] is True]
    assert said.count(True) >= 0.6 * len(said)


@pytest.mark.parametrize(
    "text",
    [
        "Arreglado a martillazos",
        "Avísenme si está reparado",
        "Está siendo reparado",
        "No, gracias",
        "Perfecto, quedo a la espera",
        "Ja, ja",
        "Lo arreglaron y se volvió a romper",
        "Cuando esté arreglado les digo",
    ],
)
def test_a_reply_that_says_more_than_solved_is_no_vote(text: str) -> None:
    assert is_solved(text) is None


def test_a_reply_of_more_than_60_words_is_no_vote() -> None:
    assert LONG == 60
    assert is_solved(f"Ya está arreglado {'gracias ' * 57}") is True
    assert is_solved(f"Ya está arreglado {'gracias ' * 58}") is None


def test_a_reply_that_says_solved_is_no_case_unless_a_person_marked_it() -> None:
    reply = post("a", NOON, text="Ya está arreglado")
    by_model, by_person, refused_by_person = (
        reading(reply, score=0.9),
        reading(reply, score=0.9, model="person"),
        reading(reply, score=0.1, model="person"),
    )

    def outcome(annotation: Annotation) -> str | None:
        decision = decide_solved(reply, annotation)
        return decision.outcome if decision else None

    assert [outcome(one) for one in (by_model, by_person, refused_by_person)] == ["no_case", None, "no_case"]
