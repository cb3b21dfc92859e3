"""The same words about another street, or another house of it, are another incident, however alike."""

import pytest

from tests.unit.triage.test_triage_incidents import MADRID, one_incident, outcomes, said
from triage import decide

FORM = "Basura fuera de los contenedores en la calle {}. Así desde el lunes, a ver si pasan de una vez."
GOYA, ANOTHER = FORM.format("Goya 106"), FORM.format("Goya 211")


@pytest.mark.parametrize(
    ("second", "joins"),
    [
        (GOYA, True),
        (FORM.format("Goya 110"), True),
        (ANOTHER, False),
        (FORM.format("Serrano 12"), False),
    ],
    ids=["the same house", "four doors on", "another house", "another street"],
)
def test_a_form_joins_only_where_the_place_can_be_the_same(second: str, joins: bool) -> None:
    found = decide(MADRID, [said("a", GOYA, topic="waste_cleaning"), said("b", second, 7, topic="waste_cleaning")])
    assert one_incident(found) is joins
    assert outcomes(found) == ["in_case", "in_case"], "neither is lost as a copy"


def test_a_post_about_both_houses_belongs_to_the_first() -> None:
    both = FORM.format("Goya 106 y también en la calle Goya 211")
    assert one_incident(decide(MADRID, [said("a", GOYA, topic="waste_cleaning"), said("b", both, 7)]))
