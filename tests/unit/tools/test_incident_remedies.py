"""Remedies for posts that miss their case: what a post and an incident must share."""

from math import log1p

import pytest

from tools.incidents.remedies import RECENT_H, RequiredAgreement
from triage.incident_matching.incident_features import INCIDENT_FEATURES

PLACE = {"max same candidate place": 1.0, "least metres": 900.0}
THING = {"max shared subjects": 0.5}
OLD = {"log hours since last": log1p(RECENT_H + 1)}
OTHER_STREET = {"max streets in conflict": 1.0}
OTHER_HOUSE = {"max houses in conflict": 1.0}


def _row(**values: float) -> list[float]:
    return [values.get(name, 0.0 if name != "least metres" else float("nan")) for name in INCIDENT_FEATURES]


@pytest.mark.parametrize(
    ("values", "thing", "holds"),
    [
        (PLACE, False, True),
        (PLACE, True, False),
        (PLACE | THING, True, True),
        (THING, False, False),
        ({"least metres": 20.0}, False, True),
        (PLACE | OTHER_STREET, False, False),
        (PLACE | OTHER_STREET | {"max same street or building": 1.0}, False, True),
        (PLACE | OTHER_HOUSE, False, False),
        (PLACE | OLD, False, False),
    ],
)
def test_an_agreement_asks_for_the_place_and_perhaps_the_thing(
    values: dict[str, float], thing: bool, holds: bool
) -> None:
    assert RequiredAgreement(0.3, thing, recent=True).holds(_row(**values)) is holds


def test_an_old_incident_agrees_where_its_age_does_not_matter() -> None:
    assert RequiredAgreement(0.3, thing=False).holds(_row(**(PLACE | OLD)))
