"""The desk's map: open cases at their points, within the outlines of the gazetteer, and nothing fetched from anywhere."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from desk.pages.map import MAX_RADIUS, project
from gazetteer.city_map import MARGIN, WIDTH
from gazetteer.loading.outlines import district_outlines
from ledger import read
from pipeline.context import Context
from tests.support.desk_client import browser
from tests.support.made_facts import case
from tests.support.seeded import MADRID, fill, open_seeded

CITY = load_city(MADRID)
NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW, replay=True)
    fill(context.ledger, CITY, 6, NOW, source="example-x", replay=True)
    yield context
    context.ledger.close()


def test_a_case_lies_where_it_is_and_north_is_up() -> None:
    south_west = case("1", lat=40.38, lon=-3.72, posts=1)
    north_east = case("2", lat=40.44, lon=-3.66, posts=400)
    drawing = project(CITY, [south_west, north_east])
    at = {dot.case.case_key: dot for dot in drawing.dots}
    assert at["2"].x > at["1"].x
    assert at["2"].y < at["1"].y
    for dot in drawing.dots:
        assert MARGIN <= dot.x <= WIDTH - MARGIN
        assert MARGIN <= dot.y <= drawing.height - MARGIN
    assert (at["2"].radius, drawing.dots[0].case.case_key) == (MAX_RADIUS, "2")  # the small one is drawn on top
    # as far apart on the picture as on the ground: 6.67 km to the north, 5.08 km to the east at this latitude
    assert (at["1"].y - at["2"].y) / (at["2"].x - at["1"].x) == pytest.approx(6.67 / 5.08, rel=0.02)


def test_the_districts_are_drawn_and_a_city_without_outlines_or_cases_does_not_fail() -> None:
    assert len(district_outlines(MADRID.parent / "madrid")) == 21
    assert len(project(CITY, []).districts) == 21
    bare = CITY.model_copy(update={"gazetteer_folder": None})
    assert project(bare, []).dots == ()
    assert len(project(bare, [case("1", lat=40.4, lon=-3.7, posts=1)]).dots) == 1


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_shows_every_open_case_with_a_point_and_says_how_many_have_none(
    context: Context, language: str
) -> None:
    cases = list(read.case_records(context.ledger, open_only=True))
    placed = [one for one in cases if one.lat is not None]
    assert placed
    page = browser(context, language).get("/map").text
    assert len(re.findall('<circle class="case', page)) == len(placed)
    assert set(re.findall(r'href="/cases/([^"]+)" tabindex', page)) == {one.case_key for one in placed}
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.partition("<footer")[0])
    assert f">{len(placed)} {'casos en el mapa' if language == 'es' else 'cases on the map'}" in page


def test_the_example_can_be_looked_at_alone_and_is_marked(context: Context) -> None:
    placed = [one for one in read.case_records(context.ledger, open_only=True, example=True) if one.lat is not None]
    page = browser(context).get("/map?example=1").text
    assert (
        len(re.findall(r'<circle class="case[^"]* example"', page))
        == len(placed)
        == len(re.findall('<circle class="case', page))
    )
    listed = browser(context).get("/cases?example=1").text
    assert listed.count(">replayed</span>") == 0
    assert listed.count(">example</span>") == len(list(read.case_records(context.ledger, open_only=True, example=True)))
