"""Test points of Madrid in words: street near it, barrio, or outside the city."""

from pathlib import Path

import pytest

from core.config.city import load_city
from gazetteer import Gazetteer, gazetteer_of
from gazetteer.reverse.held_out import held_out
from gazetteer.reverse.nearest import known_points

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def madrid() -> Gazetteer:
    return gazetteer_of(load_city(ROOT / "cities" / "madrid.toml"))


def words(gazetteer: Gazetteer, lat: float, lon: float) -> str:
    spot = gazetteer.at(lat, lon)
    assert spot is not None
    return spot.words


def test_beside_the_monument_of_carlos_iii_the_square_is_named(madrid: Gazetteer) -> None:
    assert words(madrid, 40.41699, -3.70356) == "Plaza de la Puerta del Sol, Sol"
    (named,) = madrid.find("Carlos III")  # what the name of the monument alone reads as: a street, 650 m away
    assert named.place.kind == "street"
    assert madrid.fits(named.place, 40.41699, -3.70356) is False


def test_a_point_of_the_casa_de_campo_is_described_by_its_barrio(madrid: Gazetteer) -> None:
    spot = madrid.at(40.4216, -3.7617)
    assert spot is not None
    assert (spot.street, spot.words) == (None, "Casa de Campo")


@pytest.mark.parametrize(
    ("lat", "lon"), [(40.3064, -3.7327), (40.5474, -3.6420), (41.0, -3.7), (0.0, 0.0), (-90.0, 180.0)]
)  # Getafe, Alcobendas ...
def test_a_point_outside_the_city_has_no_words(madrid: Gazetteer, lat: float, lon: float) -> None:
    assert madrid.at(lat, lon) is None


def test_a_number_is_given_where_an_address_is_close(madrid: Gazetteer) -> None:
    assert words(madrid, 40.42619, -3.70110) == "Calle de Fuencarral 81, Justicia"  # the address of the metro Tribunal
    assert words(madrid, 40.42619, -3.70170).startswith("Calle ")
    assert "81" not in words(madrid, 40.42619, -3.70170)  # 50 m away


def test_every_corner_of_a_barrio_lies_in_a_barrio(madrid: Gazetteer) -> None:
    """Outlines are simplified: what falls between two of them belongs to the nearer one."""
    gaps = [(40.42619 + 0.0031 * row, -3.70110 + 0.0041 * column) for row in range(-8, 9) for column in range(-8, 9)]
    found = [madrid.at(*one) for one in gaps]
    assert all(spot is not None and spot.barrio is not None and spot.district is not None for spot in found)


def test_addresses_that_are_held_back_are_found_on_their_street_or_the_next_one(madrid: Gazetteer) -> None:
    found = held_out(madrid.entries)
    assert found.asked > 600
    assert found.answered > 0.85 * found.asked
    assert found.right > 0.5 * found.answered  # the others are a street beside it, at most STREET_M away


def test_nearly_every_street_is_known_by_a_point(madrid: Gazetteer) -> None:
    streets = {one.key for one in madrid.entries if one.kind in ("street", "square")}
    known = {one.street.key for one in known_points(madrid.entries)}
    assert len(known) > 0.96 * len(streets)
