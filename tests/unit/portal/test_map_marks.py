"""Test that no mark of the portal's map covers another, and that none is lost."""

from itertools import combinations
from math import hypot

from hypothesis import given, strategies as st

from portal.pages.map_marks import MARK_PX, NARROW_PX, TALL_PX, WIDE_PX, Point, group

percent = st.floats(0, 100).map(lambda value: round(value, 2))


def points(*places: tuple[float, float]) -> list[Point]:
    return [Point(number, f"C-{number}", "", x, y) for number, (x, y) in enumerate(places, start=1)]


@given(
    st.lists(st.tuples(percent, percent), max_size=60),
    st.sampled_from([NARROW_PX, TALL_PX, WIDE_PX]),
    st.floats(0.4, 2.5),
    st.floats(1, 1.5),
)
def test_no_mark_covers_another_on_a_map_of_that_size_or_larger(
    places: list[tuple[float, float]], width: float, shape: float, larger: float
) -> None:
    marks = group(points(*places), width, width * shape)
    for one, other in combinations(marks, 2):
        apart = hypot((one.x - other.x) * width, (one.y - other.y) * width * shape) / 100
        assert apart * larger >= MARK_PX - 1e-9
    assert sorted(point.number for mark in marks for point in mark.points) == list(range(1, len(places) + 1))


def test_a_wider_map_shows_apart_what_a_narrow_one_groups() -> None:
    found = points((50, 50), (54, 50), (50, 50), (10, 90))
    narrow, wide = (group(found, width, width * 0.6) for width in (NARROW_PX, WIDE_PX))
    assert [[one.number for one in mark.points] for mark in narrow] == [[1, 2, 3], [4]]
    assert [[one.number for one in mark.points] for mark in wide] == [[1, 3], [2], [4]]


def test_a_point_joins_the_nearest_mark_and_stands_where_the_first_one_is() -> None:
    first, second = group(points((10, 50), (30, 50), (22, 50)), 150, 100)
    assert [one.number for one in second.points] == [2, 3]
    assert (first.x, second.x) == (10, 30)
