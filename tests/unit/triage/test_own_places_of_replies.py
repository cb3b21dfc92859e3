"""A reply that names another place leaves its thread; the stations in a report of a breakdown give the line."""

import pytest

from core.config.word_lists import city_folder
from core.records.annotation import Place
from tests.unit.triage.test_identity_law import together
from tests.unit.triage.test_triage_incidents import MADRID, one_incident, said
from triage import decide
from triage.decide import Triage
from triage.identity.stations import line_broken_down, stations_of

FOUNTAIN = "La fuente de la plaza de Olavide está rota, pierde agua"


@pytest.mark.parametrize(
    ("thread", "reply", "stays"),
    [
        (FOUNTAIN, "confirmo, un río", True),
        (FOUNTAIN, "Pues la de la calle de Narváez lleva así un mes", False),
        (FOUNTAIN, "En Aravaca también hay una que no funciona", False),
        (FOUNTAIN, "En Olavide también lo he visto yo esta mañana", True),
        ("Se ha ido la luz en Canillas", "En Silvano tampoco hay luz", True),
    ],
)
def test_a_reply_with_a_place_of_its_own_leaves_its_thread(thread: str, reply: str, stays: bool) -> None:
    first = said("a", thread, author="u1")
    second = said("b", reply, 5, author="u2", answers=first, score=0.3)
    assert one_incident(decide(MADRID, [first, second])) is stays


def test_a_report_under_a_post_that_reports_nothing_is_an_incident_of_its_own() -> None:
    first = said("a", "¿Qué es lo que más os molesta de vuestro barrio?", author="u1", score=0.04, intent="other")
    second = said("b", "Las baldosas sueltas de la calle de Narváez", 5, author="u2", answers=first, score=0.85)
    assert not one_incident(decide(MADRID, [first, second]))


def test_another_one_is_another_one() -> None:
    one, other = said("a", "Un árbol caído en la calle del Amparo"), said("b", "Otro árbol caído en la calle del Amparo", 5)
    assert not together(one, other)
    assert together(one, said("c", "El árbol caído en la calle del Amparo sigue ahí", 5))


@pytest.mark.parametrize(
    ("text", "named", "lines"),
    [
        ("parados en el tunel entre acacias y piramides sin luz", ("Acacias", "Pirámides"), {"5"}),
        ("metro parado en acacias", ("Acacias",), {"3", "5"}),
        ("metro cortado de aluche a callao", ("Aluche", "Callao"), {"5"}),
        ("tren averiado entre tribunal y lavapies", ("Tribunal", "Lavapiés"), {"1", "10", "3"}),
        ("la escalera mecanica del metro acacias esta parada", ("Acacias",), set()),
        ("un cafe en acacias", ("Acacias",), set()),
    ],
)
def test_the_stations_of_a_breakdown_name_its_line(text: str, named: tuple[str, ...], lines: set[str]) -> None:
    assert line_broken_down(f" {text} ", [Place(text=name) for name in named], stations_of(city_folder(MADRID))) == lines


def test_a_city_without_stations_has_no_lines_of_them() -> None:
    assert stations_of(None) == {}


def test_people_at_two_stations_of_a_broken_line_tell_one_thing() -> None:
    one = said("a", "Metro parado entre Acacias y Pirámides, sin luz", topic="public_transport")
    other = said("b", "La línea 5 de metro interrumpida, llevo media hora en el andén", 10, topic="public_transport")
    lift = said("c", "El ascensor de la línea 5 de metro en Acacias no va", 20, topic="public_transport")
    assert together(one, other)
    assert not together(one, lift)
    assert not together(one, said("d", "La línea 5 de metro interrumpida en Carabanchel", 9 * 60, topic="public_transport"))


@pytest.mark.parametrize("text", ["Cercanías C4 con retraso en Chamartín", "la C-4 de cercanías con retraso"])
def test_a_line_of_suburban_trains_is_read_with_its_letter(text: str) -> None:
    assert Triage(MADRID).features(*said("a", text, topic="public_transport")).lines == {"c4"}
