"""Test what the map of the form shows, and where a click on it lies."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings, strategies as st

from core.config.city import load_city
from core.config.word_lists import city_folder
from gazetteer import gazetteer_of
from gazetteer.importing.folder import import_files
from gazetteer.loading.outlines import outlines
from portal.pages.report_map import view
from portal.pages.report_map.drawing import SIZES, picture
from portal.pages.report_map.names import LETTER, WantedName, names_of_places, with_room
from portal.pages.report_map.streets import boxes, streets_of
from portal.pages.report_map.view import CITY, GRID, district_view, has_map, near_view, view_named

ROOT = Path(__file__).resolve().parents[3]
MADRID = load_city(ROOT / "cities" / "madrid.toml")
NO_MAP = MADRID.model_copy(update={"gazetteer_folder": None})
SOL = (40.41699, -3.70356)


@pytest.mark.parametrize("name", [CITY, "district_1", "district_8", "near_40.415_-3.705"])
def test_a_point_and_its_place_on_the_map_are_the_same(name: str) -> None:
    shown = view_named(MADRID, name)
    assert shown is not None
    for right, down in ((0.0, 0.0), (0.5, 0.5), (0.25, 0.9), (1.0, 1.0)):
        assert shown.place(*shown.point(right, down)) == pytest.approx((right, down))


def test_north_is_above_and_east_is_right() -> None:
    shown = near_view(*SOL)
    assert shown.point(0.5, 0)[0] > shown.point(0.5, 1)[0]
    assert shown.point(1, 0.5)[1] > shown.point(0, 0.5)[1]


@pytest.mark.parametrize(
    "name", ["", "district_22", "district_", "near_40.416_-3.705", "near_0.000_0.000", "near_40.415_-3.705 ", "../city", "near_nan_nan"]
)
def test_other_names_are_no_view(name: str) -> None:
    assert view_named(MADRID, name) is None
    assert picture(MADRID, name, "s") is None


def test_unknown_names_push_no_view_out_of_memory() -> None:
    view_named(MADRID, "district_1")
    before = view._area_view.cache_info().currsize
    assert {view_named(MADRID, f"district_x{n}") for n in range(5)} == {None}
    assert view._area_view.cache_info().currsize == before


def test_a_city_without_outlines_has_no_map() -> None:
    assert not has_map(NO_MAP)
    assert view_named(NO_MAP, CITY) is None


@settings(max_examples=200, deadline=None)
@given(lat=st.floats(40.36, 40.49), lon=st.floats(-3.76, -3.62))
def test_the_name_of_a_view_of_streets_says_the_point_within_half_a_kilometre_only(lat: float, lon: float) -> None:
    shown = near_view(lat, lon)
    assert abs(shown.lat - lat) <= GRID / 2 + 1e-9
    assert all(0.2 < one < 0.8 for one in shown.place(lat, lon))
    assert view_named(MADRID, shown.name) in (shown, None)


def test_the_district_of_a_point_is_shown_as_far_as_its_streets_go() -> None:
    centre, pardo = district_view(MADRID, *SOL), district_view(MADRID, 40.48, -3.71)
    assert centre is not None
    assert pardo is not None
    assert (centre.district, pardo.district) == ("Centro", "Fuencarral - El Pardo")
    assert centre.half_m < 1_600
    assert pardo.half_m < 9_000  # the whole of it, with the woods, is 17 km high


def test_a_district_with_few_streets_far_out_can_be_chosen(tmp_path: Path) -> None:
    """Two of Zaragoza's were half outside of the map, and their names with them."""
    files = [ROOT / "samples" / "zaragoza" / name for name in ("callejero.csv", "juntas.geojson")]
    import_files(files, "zaragoza", tmp_path / "zaragoza")
    city = MADRID.model_copy(update={"path": tmp_path / "zaragoza.toml", "gazetteer_folder": "zaragoza"})
    shown = view_named(city, CITY)
    assert shown is not None
    for name, rings in outlines(tmp_path / "zaragoza", "district").items():
        middle = [sum(some) / len(rings[0]) for some in zip(*rings[0], strict=True)]
        assert all(0 < one < 1 for one in shown.place(middle[1], middle[0])), name


def test_names_do_not_cover_each_other_and_the_first_wish_goes_first() -> None:
    names = [
        WantedName("Plaza Mayor", 100, 100, "square"),
        WantedName("Calle de al lado", 104, 101, "street"),
        WantedName("Otra", 99, 99, "street"),
    ]
    written = with_room(names, 272, 272, 11)
    assert written[0].wanted is names[0]
    boxes = []
    for one in written:
        wide = len(one.wanted.text) * 11 * LETTER
        left = {"start": one.x, "middle": one.x - wide / 2, "end": one.x - wide}[one.anchor]
        boxes.append((left, left + wide, one.y - 11, one.y))
    for at, one_box in enumerate(boxes):
        for other in boxes[at + 1 :]:
            assert one_box[1] <= other[0] or other[1] <= one_box[0] or one_box[3] <= other[2] or other[3] <= one_box[2]


def _names(view: str, size: str) -> set[str]:
    drawn = picture(MADRID, view, size)
    assert drawn is not None
    root = ET.fromstring(drawn)  # noqa: S314
    return {one.text or "" for one in root.iter() if one.tag.endswith("text")}


def test_every_district_has_its_name_on_the_map_of_the_city() -> None:
    assert _names(CITY, "l") >= {one.name for one in gazetteer_of(MADRID).areas("district")}


def test_a_district_that_is_cut_off_is_named_where_it_is_seen() -> None:
    assert "Fuencarral - El Pardo" in _names(CITY, "s")  # its middle is north of the map


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [CITY, "district_1", "near_40.415_-3.705"])
def test_a_picture_is_small_well_formed_and_has_neither_style_nor_script(name: str, size: str) -> None:
    drawn = picture(MADRID, name, size)
    assert drawn is not None
    root = ET.fromstring(drawn)  # noqa: S314
    assert root.get("width") == str(SIZES[size])
    assert len(drawn) < 60_000
    assert not any(one.tag.endswith(("style", "script", "image", "a")) for one in root.iter())
    assert not any(name.startswith("on") or name == "style" for one in root.iter() for name in one.attrib)
    written = [one.text for one in root.iter() if one.tag.endswith("text")]
    assert {CITY: "Latina", "district_1": "Sol", "near_40.415_-3.705": "Pl. Mayor"}[name] in written


def test_stations_are_written_as_on_their_signs() -> None:
    assert _names("district_1", "l") >= {"Lavapiés", "Estación del Arte", "Antón Martín"}


@pytest.mark.parametrize("size", SIZES)
def test_a_view_of_streets_draws_them_with_their_names_along_them(size: str) -> None:
    drawn = picture(MADRID, "near_40.425_-3.705", size)
    assert drawn is not None
    assert {"C. San Bernardo", "C. Fuencarral"} & _names("near_40.425_-3.705", size)
    turned = [float(one.partition("rotate(")[2].partition(")")[0]) for one in _transforms(drawn, "text") if "rotate" in one]
    assert all(-90 <= angle <= 90 for angle in turned)
    assert any(angle for angle in turned)
    assert len(_transforms(drawn, "path")) == 2  # main streets and small ones, a path each


@pytest.mark.parametrize("name", ["district_1", "near_40.415_-3.705", "near_40.425_-3.705"])
def test_no_name_is_written_twice_at_one_place(name: str) -> None:
    shown = view_named(MADRID, name)
    assert shown is not None
    written = with_room(names_of_places(MADRID, shown, 560, ("station", "square")), 560, 560, 11)
    streets = streets_of(city_folder(MADRID), shown, 560, 11, written)
    assert streets.labels
    assert not {one.text for one in streets.labels} & {one.wanted.text for one in written}
    for left, right, top, bottom in boxes(streets, 560, 11):
        middle = (left + right) / 2, (top + bottom) / 2
        assert not any(one.box[0] < middle[0] < one.box[1] and one.box[2] < middle[1] < one.box[3] for one in written)


def test_the_map_of_the_whole_city_has_no_streets() -> None:
    drawn = picture(MADRID, CITY, "l")
    assert drawn is not None
    assert not _transforms(drawn, "path")


def _transforms(drawn: bytes, tag: str) -> list[str]:
    root = ET.fromstring(drawn)  # noqa: S314
    return [one.get("transform", "") for one in root.iter() if one.tag.endswith(tag) and one.get("transform")]
