"""The same words about another street, house, line or name are another incident, however alike."""

import pytest

from tests.unit.triage.test_triage_incidents import MADRID, one_incident, outcomes, said
from triage import decide

FORM = "Basura fuera de los contenedores en la calle {}. Así desde el lunes, a ver si pasan de una vez."
GOYA, ANOTHER = FORM.format("Goya 106"), FORM.format("Goya 211")
BIKES = "La estación de BiciMAD de {} no funciona, todas las bicis con luz roja"


@pytest.mark.parametrize(
    ("second", "joins"),
    [(GOYA, True), (FORM.format("Goya 108"), True), (FORM.format("Goya 110"), False), (ANOTHER, False), (FORM.format("Serrano 12"), False)],
    ids=["the same house", "next door", "four doors on", "another house", "another street"],
)
def test_a_form_joins_only_where_the_place_can_be_the_same(second: str, joins: bool) -> None:
    found = decide(MADRID, [said("a", GOYA, topic="waste_cleaning"), said("b", second, 7, topic="waste_cleaning")])
    assert one_incident(found) is joins
    assert outcomes(found) == ["in_case", "in_case"], "neither is lost as a copy"


@pytest.mark.parametrize(
    ("first", "second", "joins"),
    [
        ("La línea 27 no pasa, media hora esperando", "la línea 147 no pasa, media hora esperando", False),
        ("El 27 no pasa, media hora esperando", "la línea 27 no pasa, media hora esperando", True),
        (BIKES.format("Atocha"), BIKES.format("Moncloa"), False),
        (BIKES.format("Atocha"), BIKES.format("Atocha"), True),
    ],
    ids=["another line", "the same line", "another station", "the same station"],
)
def test_another_line_or_name_is_another_incident(first: str, second: str, joins: bool) -> None:
    found = decide(MADRID, [said("a", first, topic="public_transport"), said("b", second, 7, topic="public_transport")])
    assert one_incident(found) is joins
    assert outcomes(found) == ["in_case", "in_case"]


def test_a_post_about_both_houses_belongs_to_the_first() -> None:
    both = FORM.format("Goya 106 y también en la calle Goya 211")
    assert one_incident(decide(MADRID, [said("a", GOYA, topic="waste_cleaning"), said("b", both, 7)]))


def test_a_number_that_counts_copies_is_no_house() -> None:
    dark = "La farola de la plaza de Lavapiés lleva un mes fundida, no se ve nada por la noche. ({})"
    assert one_incident(decide(MADRID, [said("a", dark.format(12)), said("b", dark.format(412), 7)]))
