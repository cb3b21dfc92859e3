"""Test the place nearest to a point."""

from gazetteer.entry import Entry, Part
from gazetteer.nearest import nearest

SOL = Entry("square:1", "square", "Puerta del Sol", (), lat=40.4169, lon=-3.7035)
LONG = Entry(
    "street:2",
    "street",
    "Calle Larga",
    (),
    parts=(Part("A", None, None, None, 40.40, -3.70), Part("B", None, None, None, 40.43, -3.70)),
)
STOP = Entry("stop:3", "stop", "Sol", (), lat=40.4170, lon=-3.7036)
UNKNOWN = Entry("street:4", "street", "Sin punto", ())
PLACES = (STOP, UNKNOWN, LONG, SOL)


def test_the_nearest_street_or_square_counts_and_never_a_stop() -> None:
    assert nearest(PLACES, 40.4170, -3.7036, 200) is SOL


def test_a_long_street_counts_with_each_of_its_parts() -> None:
    assert nearest(PLACES, 40.4301, -3.7001, 200) is LONG


def test_nothing_within_the_distance_is_none() -> None:
    assert nearest(PLACES, 40.5, -3.7, 200) is None
    assert nearest((), 40.4169, -3.7035, 200) is None


def test_equal_distances_are_decided_by_the_key() -> None:
    other = Entry("square:0", "square", "Otra", (), lat=SOL.lat, lon=SOL.lon)
    assert nearest((SOL, other), 40.4169, -3.7035, 200) is other
    assert nearest((other, SOL), 40.4169, -3.7035, 200) is other
