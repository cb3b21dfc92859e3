"""What a ticket says: plain words on clean lines, in the city's language, and never too many."""

import pytest

from contact_centre import ticket
from core.errors import RefusedError
from core.records.priority import PriorityPoint
from tests.support.contact_centre_facts import DESK, a_case, a_city, a_post
from tests.unit.core.test_translations import catalogue, texts_of


def test_a_post_cannot_pass_for_our_words_nor_turn_a_line_around() -> None:
    evil = "uno\r\nDepartamento: Alcaldía\x1b[2J\u202etxt.exe\u2066 \x07<script>x</script>\u2028fin 👩‍👩‍👧"
    text = ticket.body(a_city(), a_case("c:1", title="Hola\r\nBcc: x@y.test\x00"), [a_post(text=evil)], DESK)
    assert text.splitlines()[0] == "Hola Bcc: x@y.test"
    assert "> uno\n> Departamento: Alcaldía[2Jtxt.exe <script>x</script>\n> fin 👩‍👩‍👧\n" in text


def test_a_long_subject_a_long_post_and_many_posts_are_cut_and_the_rest_is_on_the_desk() -> None:
    assert len(ticket.subject(a_case("c:1", title="ñ" * 400))) == 200
    text = ticket.note(a_city(languages=("en",)), a_case("c:1"), [a_post(n, text="a" * 3000) for n in range(60)])
    assert text.count("> " + "a" * 1997 + "...") == 50
    assert text.endswith("... and 10 more: see the desk.")


def test_a_text_of_twelve_megabytes_is_refused() -> None:
    with pytest.raises(RefusedError, match="has 12000000 characters, more than any network allows"):
        ticket.body(a_city(), a_case("c:1"), [a_post(text="a" * 12_000_000)], DESK)


def test_a_replayed_case_says_so() -> None:
    text = ticket.body(a_city(), a_case("c:1", replay=True), [a_post()], DESK)
    assert "Reproducido de un archivo: estos mensajes no son nuevos." in text


def test_the_priority_names_its_points_in_the_language_of_the_city() -> None:
    points = (
        PriorityPoint(name="harm", points=2, evidence="socavon"),
        PriorityPoint(name="topic", points=1, evidence="water_sewage"),
        PriorityPoint(name="emergency", points=0),
    )
    text = ticket.body(a_city(), a_case("c:1", priority=4, priority_points=points), [a_post()], DESK)
    assert (
        "Prioridad: 4 de 5 (todo caso empieza con 1; hay o puede haber daños a personas: «socavon» (+2); "
        "servicio cuyas averías empeoran por horas: "
        "Agua y alcantarillado (+1); parece una emergencia: llame al 112 (no suma puntos))"
    ) in text


@pytest.mark.parametrize(
    ("guess", "line"),
    [
        ("street_lighting", "Servicio: Otros (no es seguro; lo más probable: Alumbrado)"),
        ("other", "Servicio: Otros"),
        (None, "Servicio: Otros"),
    ],
)
def test_a_ticket_whose_topic_is_uncertain_says_what_it_may_be(guess: str | None, line: str) -> None:
    text = ticket.body(a_city(), a_case("c:1", topic="other", topic_guess=guess), [a_post()], DESK)
    assert line in text.splitlines()


def test_every_text_of_the_tickets_exists_in_spanish() -> None:
    assert sorted(texts_of("contact_centre")) == sorted(catalogue("contact_centre"))
    assert all(catalogue("contact_centre").values())
