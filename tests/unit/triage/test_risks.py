"""What may hurt somebody goes first, to the service of the broken thing, whatever institution is named beside it."""

import pytest

from core.config.bodies import load_bodies
from core.records.priority import HIGHEST
from tests.unit.triage.test_triage_incidents import MADRID, said
from triage import decide
from triage.competence import suggested_body
from triage.urgency.risks import risk_in

LOW = 0.55
"""Between the thresholds of this profile: without a rule a person would be asked."""


@pytest.mark.parametrize(
    ("text", "name", "service", "emergency"),
    [
        ("Cable colgando a la altura de la cabeza en la calle de Atocha 12, junto al colegio", "cable", "street_lighting", True),
        ("Huele muchísimo a gas en la puerta del instituto de la calle de Atocha 12", "gas", "safety_police", True),
        ("Se caen cascotes de la fachada del hospital en la calle de Atocha 12", "falling_front", "planning_works", True),
        ("Alcantarilla sin tapa delante de la biblioteca, calle de Atocha 12", "open_manhole", "roads_pavements", True),
        ("Una rama partida cuelga sobre la puerta del centro de salud, calle de Atocha 12", "tree", "parks_trees", False),
        ("El columpio de la plaza de Olavide está roto y tiene un clavo fuera", "play", "parks_trees", False),
    ],
)
def test_a_risk_opens_an_urgent_case_at_the_service_of_the_thing(text: str, name: str, service: str, emergency: bool) -> None:
    [found] = decide(MADRID, [said("a", text, score=LOW, topic="education_childcare")])
    assert found.outcome == "in_case"
    assert found.reason.startswith(f"risk: {name.replace('_', ' ')} (")
    assert found.case is not None
    assert (found.case.topic, found.case.priority) == (service, HIGHEST)
    assert ("emergency" in {one.name for one in found.case.priority_points}) is emergency


@pytest.mark.parametrize(
    "text",
    [
        "Más cables de fibra para el colegio, por favor",
        "No hay ningún peligro en el parque infantil",
        "La fachada del hospital está llena de pintadas",
        "Poned gas natural en el barrio",
        "El árbol de Navidad de Sol es precioso",
        "La alcantarilla huele mal. La tienda ya está abierta",
    ],
)
def test_words_of_a_thing_alone_are_no_risk(text: str) -> None:
    assert risk_in(text) is None


def test_a_risk_below_the_threshold_is_looked_at_by_a_person() -> None:
    [found] = decide(MADRID, [said("a", "la farola de la calle de Atocha 12 está torcida", score=0.1)])
    assert (found.outcome, found.reason) == ("in_review", "risk: pole (farola, torcida)")


def test_praise_that_names_a_danger_is_none() -> None:
    text = "Gracias por retirar la rama caída de la calle de Atocha"
    [found] = decide(MADRID, [said("a", text, score=LOW, intent="praise", sentiment="positive")])
    assert not found.reason.startswith("risk")


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Farola apagada frente al colegio de la calle de Atocha 12", "street_lighting"),
        ("Basura tirada delante del centro de salud de la calle de Atocha 12", "waste_cleaning"),
        ("En la biblioteca de la calle de Atocha 12 no hay calefacción", "education_childcare"),
    ],
)
def test_the_broken_thing_decides_against_the_institution_beside_it(text: str, service: str) -> None:
    [found] = decide(MADRID, [said("a", text, topic="education_childcare")])
    assert found.case is not None
    assert found.case.topic == service


def test_what_a_person_said_of_the_topic_stays() -> None:
    post, read = said("a", "Farola apagada frente al colegio de la calle de Atocha 12", topic="education_childcare")
    by_person = read.labels["topic"].model_copy(update={"model": "person"})
    [found] = decide(MADRID, [(post, read.model_copy(update={"labels": {**read.labels, "topic": by_person}}))])
    assert found.case is not None
    assert found.case.topic == "education_childcare"


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Una rama cuelga frente al hospital", None),
        ("Farola apagada en la puerta del centro de salud", None),
        ("Cuatro horas en urgencias y nadie atiende", "Comunidad de Madrid (sanidad)"),
        ("Basura junto a la estación de metro", None),
        ("El metro no pasa desde las ocho", "Metro de Madrid (Comunidad de Madrid)"),
    ],
)
def test_a_body_that_only_says_where_is_not_suggested(text: str, body: str | None) -> None:
    found = suggested_body(load_bodies(MADRID), [text])
    assert (None if found is None else found.name) == body


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("Robo de rejilla en la acera, hueco abierto", True),
        ("Falta de rejillas en el imbornal, queda el agujero abierto", True),
        ("Las papeleras viejas son como de rejilla y abiertas por arriba", False),
    ],
)
def test_a_grille_is_an_open_manhole_unless_it_is_of_a_litter_bin(text: str, is_open: bool) -> None:
    found = risk_in(text)
    assert (found is not None and found.name == "open_manhole") == is_open
