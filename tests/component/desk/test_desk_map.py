"""The desk's map: posts by place, open cases in clusters, within the gazetteer's outlines, and nothing fetched unless a site wants it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError
from core.records.area import Area
from desk.auth.security import headers
from desk.lens import Lens
from desk.pages.map.clusters import cell_of, clusters
from desk.pages.map.drawing import MOST_TILES, draw, tiles
from desk.pages.map.places import Place, shades
from gazetteer.city_map import MARGIN, WIDTH
from gazetteer.loading.inhabitants import inhabitants
from gazetteer.loading.outlines import outlines
from ledger import read
from ledger.read import CasePoint
from pipeline.context import Context
from tests.support.desk_client import browser
from tests.support.seeded import MADRID, fill, open_seeded

CITY = load_city(MADRID)
NOW = datetime.now(UTC) - timedelta(minutes=5)
TILES = "https://tiles.example/{z}/{x}/{y}.png"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW, replay=True)
    fill(context.ledger, CITY, 6, NOW, source="example-x", replay=True)
    yield context
    context.ledger.close()


def point(key: str, lat: float, lon: float, due: datetime = NOW) -> CasePoint:
    return CasePoint(key, key, lat, lon, True, due, False, "x")


def test_a_place_lies_where_it_is_and_north_is_up() -> None:
    drawn = draw(CITY, "district", Lens(), [])
    assert drawn is not None
    assert len(drawn.districts) == len(outlines(MADRID.parent / "madrid", "district")) == 21
    west, south = drawn.place(-3.72, 40.38)
    east, north = drawn.place(-3.66, 40.44)
    assert MARGIN <= west < east <= WIDTH - MARGIN
    assert north < south
    # as far apart on the picture as on the ground: 6.67 km to the north, 5.08 km to the east at this latitude
    assert (south - north) / (east - west) == pytest.approx(6.67 / 5.08, rel=0.02)


def test_barrios_are_drawn_and_a_city_without_outlines_does_not_fail() -> None:
    drawn = draw(CITY, "barrio", Lens(), [])
    assert drawn is not None
    assert len(drawn.districts) == len(outlines(MADRID.parent / "madrid", "barrio")) == 131
    assert draw(CITY.model_copy(update={"gazetteer_folder": None}), "district", Lens(), []) is None


@pytest.mark.parametrize(
    ("lens", "inside", "outside"),
    [
        (Lens(district="Usera"), (40.387, -3.706), (40.46, -3.69)),
        (Lens(barrio="Goya"), (40.425, -3.675), (40.387, -3.706)),
        (Lens(area="40.4,-3.72,40.43,-3.68"), (40.415, -3.7), (40.45, -3.7)),
    ],
)
def test_the_map_shows_the_place_of_the_lens(lens: Lens, inside: tuple[float, float], outside: tuple[float, float]) -> None:
    drawn = draw(CITY, "district", lens, [(-3.6, 40.5)])
    assert drawn is not None
    west, east, south, north = drawn.frame
    for (lat, lon), shown in ((inside, True), (outside, False)):
        assert (south <= lat <= north and west <= lon <= east) is shown


def test_cases_that_lie_close_together_are_one_cluster_whose_address_holds_exactly_them() -> None:
    points = [point(f"{n}", 40.4 + n / 1000, -3.7 + n / 2000) for n in range(60)]
    drawn = draw(CITY, "district", Lens(), [])
    assert drawn is not None
    found = clusters(points, drawn, None, NOW)
    assert 1 < len(found) < 60
    for one in found:
        area = Area.read(one.area)
        assert [case.case_key for case in points if area.contains(case.lat, case.lon)] == [c.case_key for c in one.cases]
    assert [len(one.cases) for one in found] == sorted((len(one.cases) for one in found), reverse=True)
    drawn_area = Area.read("40.4,-3.75,40.45,-3.7,40.42,-3.65")
    assert all(one.area.startswith(f"{drawn_area.text}~") for one in clusters(points, drawn, drawn_area, NOW))


@pytest.mark.parametrize("value", [40.40, 40.41, -3.7, -3.65, 0.0, 40.123456])
def test_a_point_on_an_edge_lies_in_one_cell(value: float) -> None:
    cell = cell_of(value, value, 0.01)
    assert cell.contains(value, value)


def test_a_cluster_with_an_overdue_case_is_marked() -> None:
    drawn = draw(CITY, "district", Lens(), [])
    assert drawn is not None
    late, on_time = point("a", 40.4, -3.7, NOW - timedelta(days=1)), point("b", 40.45, -3.65, NOW + timedelta(days=1))
    assert {one.cases[0].case_key: one.late for one in clusters([late, on_time], drawn, None, NOW)} == {"a": True, "b": False}


def test_places_are_coloured_by_count_rate_or_change() -> None:
    found = [Place("a", 40, 0, 10, 10_000), Place("b", 10, 0, 40, 20_000), Place("c", 0, 1, 10, None), Place("d", 21, 0, 20, 1_000)]
    assert shades(found, "count") == {"a": "d4", "b": "d1", "c": "d0", "d": "d3"}
    assert [one.rate for one in found] == [40.0, 5.0, None, 210.0]
    assert shades(found, "rate") == {"a": "d1", "b": "d1", "c": "few", "d": "d4"}
    assert shades(found, "change") == {"a": "u2", "b": "f2", "c": "f2", "d": "same"}
    assert shades([Place("e", 30, 0, 9, None)], "change") == {"e": "few"}


def test_inhabitants_are_a_file_of_the_city_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    assert inhabitants(tmp_path) is None
    file = tmp_path / "inhabitants.csv"
    file.write_text("district,barrio,inhabitants,date\nUsera,,1000,2026-01-01\nUsera,Orcasur,400,2026-01-01\n")
    found = inhabitants(tmp_path)
    assert found is not None
    assert (found.district, found.barrio, found.date) == ({"Usera": 1000}, {"Orcasur": 400}, "2026-01-01")
    for wrong, message in (("a,b\n", "first line"), ("district,barrio,inhabitants,date\nUsera,,1.000,\n", "line 2")):
        file.write_text(wrong)
        with pytest.raises(ConfigurationError, match=message):
            inhabitants(tmp_path)


def test_the_rate_of_a_district_is_its_posts_by_its_inhabitants(context: Context) -> None:
    people = inhabitants(MADRID.parent / "madrid")
    assert people is not None
    assert people.district.keys() == outlines(MADRID.parent / "madrid", "district").keys()
    assert sum(people.district.values()) == 3_334_730
    page = browser(context).get("/map?show=rate&period=all").text
    assert "per 10,000 inhabitants</th>" in page
    assert "Put the official figures into the file" not in page
    barrios = browser(context).get("/map?show=rate&by=barrio").text
    assert "Put the official figures into the file cities/madrid/inhabitants.csv" in barrios


def test_without_inhabitants_the_page_says_which_file_to_give(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.pages.map.inhabitants", lambda _folder: None)
    page = browser(context).get("/map?show=rate").text
    assert "cities/madrid/inhabitants.csv" in page
    assert "per 10,000 inhabitants</th>" not in page


def test_tiles_cover_the_map_and_only_a_site_that_names_a_server_asks_it(context: Context) -> None:
    drawn = draw(CITY, "district", Lens(), [])
    assert drawn is not None
    assert tiles("", drawn) == []
    found = tiles(TILES, drawn)
    assert 4 <= len(found) <= MOST_TILES
    assert min(one.x for one in found) <= 0
    assert max(one.x + one.width for one in found) >= WIDTH
    assert max(one.y + one.height for one in found) >= drawn.height
    assert re.fullmatch(r"https://tiles\.example/\d+/\d+/\d+\.png", found[0].url)
    assert "img-src 'self' https://tiles.example data:" in headers(Settings(tile_url=TILES))["Content-Security-Policy"]
    assert "https:" not in headers(Settings())["Content-Security-Policy"]
    page = browser(context).get("/map").text
    assert 'class="streets"' in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.partition("<footer")[0])


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_says_how_many_posts_and_cases_are_on_the_map_and_how_many_are_not(context: Context, language: str) -> None:
    cases = list(read.case_records(context.ledger, open_only=True))
    placed = [one for one in cases if one.lat is not None]
    posts = list(read.messages(context.ledger, limit=100))
    assert placed
    page = browser(context, language).get("/map").text
    said = re.sub(r"<[^>]+>", "", page.partition('role="status">')[2].partition("</p>")[0])
    numbers = [int(one) for one in re.findall(r"\d+", said)]
    without = sum(one.district is None for one in posts)
    assert numbers == [len(posts), without, len(placed), len(cases) - len(placed)]
    drawn = re.findall(r'<circle class="case.*?(?:</text>)?</a>', page, re.DOTALL)
    shown = sum(int(found[1]) if (found := re.search(r"<text[^>]*>(\d+)</text>", one)) else 1 for one in drawn)
    assert shown == len(placed)


def test_the_example_can_be_looked_at_alone_and_is_marked(context: Context) -> None:
    page = browser(context).get("/map?example=1").text
    circles = re.findall(r'<circle class="(case[^"]*)"', page)
    assert circles
    assert all("example" in one for one in circles)
    listed = browser(context).get("/cases?example=1").text
    assert listed.count(">replayed</span>") == 0
    assert listed.count(">example</span>") == len(list(read.case_records(context.ledger, open_only=True, example=True)))


def test_a_box_of_the_form_becomes_the_area_of_the_address(context: Context) -> None:
    client = browser(context)
    answer = client.get("/map?by=barrio&topic=noise&south=40.4&west=-3.72&north=40.43&east=-3.68", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/map?topic=noise&area=40.4%2C-3.72%2C40.43%2C-3.68&by=barrio"
    page = client.get(answer.headers["location"]).text
    assert '<polygon class="area"' in page
    assert "area=40.4" in page.partition('href="/posts?')[2][:200]  # the lens carries it
    for wrong in ("south=40.4", "south=41&west=-3.72&north=40&east=-3", "south=a&west=1&north=2&east=3"):
        assert client.get(f"/map?{wrong}").status_code == 400, wrong
    for wrong in ("area=1", "area=1,2,3", "by=x", "show=x"):
        assert client.get(f"/map?{wrong}").status_code == 400, wrong


def test_the_slider_shows_one_day(context: Context) -> None:
    page = browser(context).get("/map?step=30").text
    today = NOW.astimezone(CITY.zone).date()
    assert f"first={today}&amp;last={today}" in page
    assert browser(context).get("/map?step=999").status_code == 200


def test_streets_lie_under_the_marks_and_the_page_says_how_they_are_known(context: Context) -> None:
    client = browser(context)
    page = client.get("/map?district=Salamanca").text
    streets = page.partition('<g class="streets" aria-hidden="true"')[2].partition("</g>")[0]
    assert re.search(r">Calle de Alcalá</text>", streets)
    assert {"rank1", "rank2", "rank3"} <= set(re.findall(r'class="(rank\d)"', streets))
    assert page.index('class="streets"') < page.index('class="case')
    assert "Streets: their approximate course, from the addresses that are known." in page
    assert len(client.get("/map?by=barrio").text.encode()) < 200_000


def test_tiles_take_the_place_of_streets(context: Context) -> None:
    tiled = replace(context, settings=context.settings.model_copy(update={"tile_url": TILES, "tile_attribution": "© A"}))
    page = browser(tiled).get("/map?district=Salamanca").text
    assert "https://tiles.example/" in page
    assert "Map tiles: © A" in page
    assert 'class="streets"' not in page
    assert "data-streets" not in page


def test_an_enlarged_part_of_the_map_gets_its_streets(context: Context) -> None:
    client = browser(context)
    frame = re.search(r'data-frame="([^"]+)" data-streets="(/map/streets)"', client.get("/map").text)
    assert frame is not None
    answer = client.get(frame[2], params={"frame": frame[1], "view": "500,600,100,100"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "private, max-age=3600"
    root = ElementTree.fromstring(answer.text)  # noqa: S314  our own answer
    assert next(one.get("class") for one in root.iter("{http://www.w3.org/2000/svg}path")) == "rank3"
    assert list(root.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"frame": "1,2,3", "view": "0,0,100,100"},
        {"frame": "-3.8,-3.6,40.3,40.5", "view": "0,0,1,1"},
        {"frame": "-3.6,-3.8,40.3,40.5", "view": "0,0,100,100"},
        {"frame": "nan,1,2,3", "view": "0,0,100,100"},
        {"frame": "-3.8,-3.6,40.3,40.5", "view": "0,0,100,inf"},
    ],
)
def test_a_part_of_no_map_is_refused(context: Context, given: dict[str, str]) -> None:
    answer = browser(context).get("/map/streets", params=given)
    assert answer.status_code == 400
    assert "a map that does not exist" in answer.text


def test_a_city_without_barrios_is_not_offered_a_map_of_them(context: Context, tmp_path: Path) -> None:
    """It was an empty map."""
    assert "by=barrio" in browser(context).get("/map").text
    folder = tmp_path / "villa"
    shutil.copytree(MADRID.parent / "madrid", folder)
    (folder / "barrios.json").write_text("[]", encoding="utf-8")
    context.city = CITY.model_copy(update={"path": tmp_path / "villa.toml", "gazetteer_folder": "villa"})
    assert "by=barrio" not in browser(context).get("/map").text
