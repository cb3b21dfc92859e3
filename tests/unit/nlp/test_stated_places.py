"""Test the label of places of a report that gives its own point."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from core.config.city import load_city
from core.records.annotation import Label, Place
from core.records.post import Post
from gazetteer import Gazetteer, gazetteer_of
from nlp.questions.places import Options, candidates, label
from nlp.questions.places.stated import at_its_point

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
SOL = (40.41699, -3.70356)
GETAFE = (40.3064, -3.7327)


@pytest.fixture(scope="module")
def madrid() -> Gazetteer:
    return gazetteer_of(load_city(ROOT / "cities" / "madrid.toml"))


def read(gazetteer: Gazetteer, text: str, point: tuple[float, float] | None) -> Label:
    lat, lon = point or (None, None)
    post = Post(post_id="0" * 32, source="inbox", text=text, created_at=NOW, received_at=NOW, lat=lat, lon=lon)
    found = label(Options(), gazetteer, candidates(gazetteer, text, ()), "m@1", len(text))
    return at_its_point(found, post, gazetteer)


def places(of: Label) -> tuple[Place, ...]:
    assert isinstance(of.value, tuple)
    return of.value


def test_without_a_point_the_text_decides(madrid: Gazetteer) -> None:
    (place,) = places(read(madrid, "La farola de la calle de Fuencarral 81 está rota", None))
    assert place.street == "Calle de Fuencarral"
    assert place.sure < 1


def test_the_text_names_the_point_where_both_agree(madrid: Gazetteer) -> None:
    first, *_ = places(read(madrid, "La farola de la calle de Fuencarral 81 está rota", (40.42610, -3.70095)))
    assert (first.street, first.text) == ("Calle de Fuencarral", "calle de Fuencarral 81")
    assert (first.lat, first.lon, first.sure) == (40.42610, -3.70095, 1.0)
    assert (first.barrio, first.district) == ("Justicia", "Centro")


def test_the_point_wins_where_the_text_is_elsewhere_and_the_text_stays_in_sight(madrid: Gazetteer) -> None:
    found = read(madrid, "La farola del paseo de Extremadura 100 está rota", SOL)
    first, second = places(found)
    assert (first.name, first.text, first.lat, first.lon) == ("Plaza de la Puerta del Sol", "", *SOL)
    assert (second.street, second.sure) == ("Paseo de Extremadura", 0.0)
    assert (found.score, found.candidates) == (1.0, ())


def test_a_report_beside_the_monument_of_carlos_iii_is_not_in_his_street(madrid: Gazetteer) -> None:
    found = places(read(madrid, "Está rota la farola\nCarlos III", SOL))
    assert found[0].name == "Plaza de la Puerta del Sol"
    assert all(place.sure == 0 for place in found[1:])


def test_a_district_that_the_text_names_stays_when_the_point_is_in_it(madrid: Gazetteer) -> None:
    inside = {one.name: one.sure for one in places(read(madrid, "Distrito de Moncloa - Aravaca", (40.4216, -3.7617)))}
    outside = {one.name: one.sure for one in places(read(madrid, "Distrito de Moncloa - Aravaca", SOL))}
    assert inside["Moncloa - Aravaca"] > 0
    assert outside["Moncloa - Aravaca"] == 0


def test_a_point_outside_the_city_changes_nothing(madrid: Gazetteer) -> None:
    text = "La farola de la calle de Fuencarral 81 está rota"
    assert read(madrid, text, GETAFE) == read(madrid, text, None)


def test_a_city_without_a_gazetteer_keeps_the_coordinates() -> None:
    (place,) = places(read(Gazetteer.empty(), "Está rota", SOL))
    assert (place.kind, place.name, place.key, place.lat) == ("unresolved", None, "point:40.417,-3.704", SOL[0])


@settings(max_examples=60, deadline=None)
@given(lat=st.floats(40.25, 40.70), lon=st.floats(-3.95, -3.45))
def test_wherever_the_point_is_it_is_first_exactly_or_absent(lat: float, lon: float) -> None:
    madrid = gazetteer_of(load_city(ROOT / "cities" / "madrid.toml"))
    first, *others = places(read(madrid, "Bache en la calle de Alcalá 200", (lat, lon)))
    if madrid.at(lat, lon) is None:
        assert (first.street, others) == ("Calle de Alcalá", [])
    else:
        assert (first.lat, first.lon, first.sure) == (lat, lon, 1.0)
        assert first.key is not None
        assert first.text in "Bache en la calle de Alcalá 200"
