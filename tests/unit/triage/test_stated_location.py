"""Test that the point of a report places its case, whatever its text names."""

from core.records.annotation import Place
from core.records.post import Post
from tests.support.triage_facts import ALCALA, decide_all, post, reading
from triage.location import about, main_place, stated

POINT = Place(
    text="", kind="square", key="street:2", name="Puerta del Sol", district="Centro", barrio="Sol", lat=40.41699, lon=-3.70356, sure=1.0
)


def here(name: str, **more: object) -> Post:
    return post(name, **{"lat": POINT.lat, "lon": POINT.lon, **more})  # type: ignore[arg-type]


def test_the_point_goes_before_what_the_headline_names() -> None:
    one = here("a", text="Hay basura en la calle de Alcalá.\nPuerta del Sol")
    point = POINT.model_copy(update={"text": "Puerta del Sol"})
    annotation = reading(one, places=(point, ALCALA))
    assert stated(one, annotation) == point
    assert about(one, annotation) == (point,)
    assert main_place(post("a", text=one.text), annotation) == ALCALA  # the same words without a point


def test_a_label_that_does_not_hold_the_point_is_not_taken_for_it() -> None:
    """As one of an outside annotator, or of a point outside the city."""
    one = here("a")
    assert stated(one, reading(one, places=(ALCALA,))) is None
    assert main_place(one, reading(one, places=(ALCALA,))) == ALCALA
    assert stated(one, reading(one, places=())) is None


def test_the_case_has_the_coordinates_of_the_report() -> None:
    one = here("a", text="Hay basura en la calle de Alcalá")
    [decision] = decide_all((one, reading(one, places=(POINT, ALCALA.model_copy(update={"sure": 0.0})))))
    assert decision.case is not None
    case = decision.case
    assert (case.place, case.district, case.barrio) == ("Puerta del Sol", "Centro", "Sol")
    assert (case.lat, case.lon) == (POINT.lat, POINT.lon)
