"""Test the coordinates of a case whose place has none."""

from datetime import timedelta

import pytest

from core.records.annotation import Annotation, Label, Place
from core.records.case import Case
from core.records.post import Post
from tests.support.triage_facts import ANSWERS, NOON, decide_all, post, reading

STREET = Place(text="calle de Atocha", kind="street", key="street:7", name="Calle de Atocha", sure=0.9)
"""Through several barrios and two districts."""
NUMBER = STREET.model_copy(
    update={"text": "Atocha 90", "district": "Centro", "barrio": "Cortes", "lat": 40.412, "lon": -3.698, "sure": 0.8}
)
STATION = Place(
    text="metro Antón Martín",
    kind="station",
    key="stop:3",
    name="Antón Martín",
    district="Centro",
    barrio="Cortes",
    lat=40.4124,
    lon=-3.6994,
    sure=0.95,
)
METRES = 110_540
"""Of a degree of latitude."""
TEXT = "Basura en la calle de Atocha, en Atocha 90, junto al metro Antón Martín"


def reading_at(of: Post, places: tuple[Place, ...], candidates: tuple[Place, ...] = ()) -> Annotation:
    found = reading(of)
    label = Label(question="places", value=places, score=0.9, model="m@1", candidates=candidates)
    return found.model_copy(update={"labels": found.labels | {"places": label}})


def case_of(*named: tuple[Place, ...], candidates: tuple[Place, ...] = ()) -> Case:
    """The case of an incident; the first post is answered by the others."""
    first = post("a", source="x", text=TEXT)
    others = (post(f"b{n}", NOON + timedelta(minutes=n), source="x", reply_to=first.post_id, text=ANSWERS[n]) for n in range(1, len(named)))
    posts = zip((first, *others), named, strict=True)
    case = decide_all(*((one, reading_at(one, places, candidates)) for one, places in posts))[-1].case
    assert case is not None
    return case


def where(case: Case) -> tuple[str | None, str | None, str | None, float | None]:
    return case.place, case.district, case.barrio, case.lat


def test_a_house_number_in_any_post_says_where_on_its_street_the_case_is() -> None:
    found = case_of((STREET,), (STREET,), (NUMBER,))
    assert where(found) == ("Calle de Atocha", "Centro", "Cortes", 40.412)
    assert where(case_of((NUMBER,), (STREET,), (STREET,))) == where(found)


def test_the_number_that_most_posts_name_is_taken() -> None:
    other = NUMBER.model_copy(update={"text": "Atocha 20", "lat": 40.410, "lon": -3.701, "sure": 0.85})
    found = case_of((STREET,), (other,), (NUMBER,), (NUMBER,))
    assert (found.lat, found.lon) == (40.412, -3.698)


def test_of_two_numbers_that_are_as_sure_one_is_taken_whatever_the_order() -> None:
    other = NUMBER.model_copy(update={"text": "Atocha 20", "lat": 40.410})
    assert case_of((STREET,), (other,), (NUMBER,)).lat == case_of((STREET,), (NUMBER,), (other,)).lat == 40.410


def test_a_place_beside_a_long_street_says_where_on_it() -> None:
    assert where(case_of((STREET, STATION))) == ("Calle de Atocha", "Centro", "Cortes", 40.4124)
    assert case_of((STREET.model_copy(update={"district": "Centro"}), STATION)).lat == 40.4124
    assert case_of((STREET, STATION), (NUMBER,)).lat == 40.412


def test_a_place_in_another_district_does_not() -> None:
    district = {"district": "Arganzuela"}
    found = case_of((STREET.model_copy(update=district), STATION))
    assert where(found) == ("Calle de Atocha", "Arganzuela", None, None)


def test_an_answer_about_another_place_is_another_case_and_says_nothing_of_where_this_one_is() -> None:
    assert case_of((STREET,), (STATION,), (STREET,)).lat is None


@pytest.mark.parametrize(
    ("kind", "lats", "lat"),
    [
        ("street", (40.410, 40.412, 40.414), 40.412),  # 445 m from end to end
        ("street", (40.410, 40.412, 40.415), None),  # 556 m: the middle may be far from the lamp
        ("street", (40.412, 40.410), 40.410),  # of two ends one, whatever the order
        ("street", (0.0, 499.5 / METRES), 0.0),
        ("street", (0.0, 500 / METRES), 0.0),
        ("street", (0.0, 500.5 / METRES), None),
        ("street", (40.410,), None),  # one rough point says nothing about its length
        ("square", (40.410,), 40.410),
        ("barrio", (40.410,), None),
    ],
)
def test_the_middle_of_a_square_or_short_street_is_good_enough(kind: str, lats: tuple[float, ...], lat: float | None) -> None:
    place = STREET.model_copy(update={"kind": kind})
    parts = tuple(NUMBER.model_copy(update={"kind": kind, "lat": one, "sure": 0.1}) for one in lats)
    found = case_of((place,), candidates=parts)
    assert (found.lat, found.district) == (lat, None)


def test_points_of_another_place_of_that_name_are_left_out() -> None:
    place = STREET.model_copy(update={"kind": "square"})
    assert case_of((place,), candidates=(NUMBER.model_copy(update={"key": "street:8"}),)).lat is None


def test_what_has_coordinates_keeps_them() -> None:
    assert case_of((STATION,)).lat == 40.4124
    assert case_of((STATION, NUMBER)).lat == 40.412  # the address
    assert case_of(()).lat is None
