"""Test the street nearest to a point, and the addresses by which streets are known."""

from gazetteer.entry import Entry, Name, Part
from gazetteer.reverse.addresses import addresses
from gazetteer.reverse.nearest import NearestStreets

SOL = Entry("square:1", "square", "Puerta del Sol", (), lat=40.4169, lon=-3.7035)
LONG = Entry(
    "street:2",
    "street",
    "Calle Larga",
    (Name(("larga",), False, "calle"),),
    districts=("A", "B"),
    parts=(Part("A", None, None, None, 40.40, -3.70), Part("B", None, None, None, 40.43, -3.70)),
)
MONUMENT = Entry("landmark:3", "landmark", "Carlos III", (), lat=40.4170, lon=-3.7036)
UNKNOWN = Entry("street:4", "street", "Sin punto", ())
STOP = Entry("stop:5", "stop", "Parada", (), ("A",), lat=40.4200, lon=-3.70, address="Calle Larga, 27")
PLACES = (MONUMENT, UNKNOWN, LONG, SOL, STOP)


def nearest(lat: float, lon: float, within_m: float = 200, places: tuple[Entry, ...] = PLACES) -> Entry | None:
    near = NearestStreets(places).nearest(lat, lon, within_m)
    return None if near is None else near.point.street


def test_the_nearest_street_or_square_counts_and_never_a_landmark() -> None:
    assert nearest(40.4170, -3.7036) is SOL


def test_a_long_street_counts_with_each_of_its_parts_and_the_addresses_on_it() -> None:
    assert nearest(40.4301, -3.7001) is LONG
    near = NearestStreets(PLACES).nearest(40.4201, -3.7, 50)
    assert near is not None
    assert (near.point.street, near.point.number) == (LONG, 27)


def test_nothing_within_the_distance_is_none() -> None:
    assert nearest(40.5, -3.7) is None
    assert nearest(40.4169, -3.7035, places=()) is None


def test_a_street_across_the_border_of_a_cell_is_found() -> None:
    street = Entry("street:9", "street", "Calle", (), lat=40.39999, lon=-3.70001)
    assert nearest(40.40001, -3.69999, 10, (street,)) is street


def test_equal_distances_are_decided_by_the_key() -> None:
    other = Entry("square:0", "square", "Otra", (), lat=SOL.lat, lon=SOL.lon)
    assert nearest(40.4169, -3.7035, places=(SOL, other)) is other
    assert nearest(40.4169, -3.7035, places=(other, SOL)) is other


def test_an_address_in_another_district_or_of_two_streets_of_one_name_is_left_out() -> None:
    elsewhere = Entry("stop:6", "stop", "Parada", (), ("C",), lat=40.42, lon=-3.70, address="Calle Larga 27")
    twin = Entry("street:8", "street", "Calle Larga", LONG.names, ("A",))
    assert list(addresses((LONG, elsewhere))) == []
    assert list(addresses((LONG, twin, STOP))) == []
    assert [(one.key, number) for one, number, _, _ in addresses((LONG, STOP))] == [("street:2", 27)]
