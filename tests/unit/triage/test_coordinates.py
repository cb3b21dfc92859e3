"""The share of cases with coordinates, and the reasons of the others, counted by hand."""

import pytest

from core.records.annotation import Place
from workshop.incidents.coordinates import LocatedCase, reason_without_point, table

LONG = Place(text="Alcalá", kind="street", key="street:1", sure=0.9)
METRO = Place(text="metro Goya", kind="station", key="stop:1", sure=0.9, lat=40.4, lon=-3.7)


@pytest.mark.parametrize(
    ("places", "reason"),
    [
        ((), "no place found in the text"),
        ((Place(text="Rosales"),), "not in the gazetteer"),
        ((LONG.model_copy(update={"sure": 0.49}),), "in the gazetteer, surely below 0.5"),
        ((LONG.model_copy(update={"kind": "barrio"}),), "an area alone (district, barrio)"),
        ((LONG, METRO), "another place of the case has coordinates"),
        ((LONG.model_copy(update={"text": "Alcalá 900"}),), "a number of a street without a point there"),
        ((LONG,), "a street through several barrios, without a number"),
        ((METRO.model_copy(update={"lat": None}),), "a landmark or station without a point"),
    ],
)
def test_why_a_case_has_no_coordinates(places: tuple[Place, ...], reason: str) -> None:
    assert reason_without_point(places) == reason


def test_only_cases_whose_text_names_a_place_count() -> None:
    cases = [
        LocatedCase(True, True, (METRO,), district_right=True),
        LocatedCase(True, True, (METRO,), district_right=False),
        LocatedCase(True, False, (LONG,)),
        LocatedCase(False, False, ()),
    ]
    first, district, reason = table("here", cases)
    assert first.startswith("here: 2 of 3 cases whose text names a place have coordinates: 0.667 [")
    assert district.endswith("in 1 of 2: 0.500")
    assert reason.strip() == "1  a street through several barrios, without a number"
    assert list(table("none", cases[3:])) == ["none: no case whose text names a place"]
