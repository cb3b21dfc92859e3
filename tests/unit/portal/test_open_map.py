"""Test that no mark or name of the portal's map covers another, and that no mark is lost."""

from itertools import combinations
from math import hypot
from pathlib import Path

from hypothesis import HealthCheck, given, settings, strategies as st

from core.config.city import load_city
from gazetteer import gazetteer_of
from portal.pages.open_map.drawing import LETTER, Place, draw_map
from portal.pages.open_map.marks import MARK_PX, NARROW_PX, TALL_PX, WIDE_PX, Point, group

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
WIDTH_PX = {"narrow": NARROW_PX, "wide": TALL_PX}
"""Of the map of Madrid, which is higher than wide."""
percent = st.floats(0, 100).map(lambda value: round(value, 2))


def points(*places: tuple[float, float]) -> list[Point]:
    return [Point(number, f"C-{number}", "", x, y) for number, (x, y) in enumerate(places, start=1)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # so many points take long on a busy machine
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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(40.33, 40.58), st.floats(-3.83, -3.55)), min_size=1, max_size=40))
def test_the_name_of_a_district_covers_no_mark_and_no_other_name(found: list[tuple[float, float]]) -> None:
    drawn = draw_map(MADRID, [Place(n, f"C-{n}", "", lon, lat) for n, (lat, lon) in enumerate(found, start=1)])
    assert drawn is not None
    for size, layer in drawn.layers.items():
        width = WIDTH_PX[size] if drawn.is_tall or size == "narrow" else WIDE_PX
        height = width * drawn.outlines.height / 1000
        names = []
        for one in layer.names:
            x, y, half = one.x * width / 100, one.y * height / 100, len(one.text) * LETTER * 0.56 / 2
            names.append((x - half, x + half, y - LETTER, y))
        for one_box, other in combinations(names, 2):
            assert one_box[1] <= other[0] or other[1] <= one_box[0] or one_box[3] <= other[2] or other[3] <= one_box[2]
        for mark in layer.marks:
            x, y, half = mark.x * width / 100, mark.y * height / 100, MARK_PX / 2 - 0.1
            assert not any(
                left < x + half and x - half < right and top < y + half and y - half < bottom for left, right, top, bottom in names
            )


def test_the_map_of_the_whole_city_names_most_districts_beside_a_few_marks() -> None:
    corners = [(-3.80, 40.36), (-3.56, 40.56), (-3.70, 40.42)]
    drawn = draw_map(MADRID, [Place(n, f"C-{n}", "", lon, lat) for n, (lon, lat) in enumerate(corners, start=1)])
    assert drawn is not None
    districts = {one.name for one in gazetteer_of(MADRID).areas("district")}
    named = {size: {one.text for one in layer.names} for size, layer in drawn.layers.items()}
    assert all(names <= districts for names in named.values())
    assert len(named["wide"]) >= 14
    assert len(named["narrow"]) >= 5


def test_a_city_without_a_point_has_no_map() -> None:
    assert draw_map(MADRID, []) is None
