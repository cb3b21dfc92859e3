"""Draw open cases on a map of the gazetteer's outlines.

Nothing is fetched from outside, so no third party learns what is viewed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.records.read_models import CaseRecord
from desk.pages.cases.listing import BAR, case_filters
from desk.rendering import page
from desk.state import Desk
from gazetteer.city_map import WIDTH, draw_city, draw_outlines
from gazetteer.loading.outlines import district_outlines
from ledger import read
from pipeline.context import now

MAX_CASES = 300
"""Most cases to draw, the newest: more would overlap."""
MIN_RADIUS, MAX_RADIUS = 9.0, 28.0
"""Radius of a case with one post, and the largest radius."""


@dataclass(frozen=True)
class Dot:
    """Describe one case on the map."""

    case: CaseRecord
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Drawing:
    """Describe the map in units of its SVG."""

    height: float
    districts: Sequence[tuple[str, str]]
    """Name and SVG path of each district."""
    dots: Sequence[Dot]


def map_page(request: Request) -> Response:
    """Show the map and a list of the same cases."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    only_example = request.query_params.get("example") == "1"
    found: list[CaseRecord] = []
    without_point = 0
    whole = read.CaseFilters(open_only=True, example=True if only_example else None)
    filters: read.CaseFilters = {**case_filters(request.state.lens, desk, now()), **whole}
    for case in read.case_records(ledger, order="newest", **filters):
        if case.lat is None or case.lon is None:
            without_point += 1
        elif len(found) < MAX_CASES:
            found.append(case)
        else:
            break
    return page(
        request,
        "map.html",
        drawing=project(desk.context.city, found),
        without_point=without_point,
        most=MAX_CASES if len(found) == MAX_CASES else None,
        any_example=read.any_example(ledger),
        any_replay=not only_example and read.any_replay(ledger),
        only_example=only_example,
        moment=now(),
        lens_bar=BAR,
    )


def outlines_of(city: City) -> Drawing:
    """Return the outlines of the districts alone, computed once a process."""
    return _outlines_of(city.path, city.gazetteer_folder)


@lru_cache(maxsize=4)
def _outlines_of(path: Path, folder: str | None) -> Drawing:
    drawn = draw_outlines(district_outlines(path.parent / folder if folder else None), ())
    return Drawing(WIDTH / 2, (), ()) if drawn is None else Drawing(drawn.height, drawn.districts, ())


def project(city: City, cases: Sequence[CaseRecord]) -> Drawing:
    """Project districts and cases onto a map that contains all cases.

    Without cases it shows the whole city.
    """
    points = [(case.lon, case.lat) for case in cases if case.lon is not None and case.lat is not None]
    drawn = draw_city(city, points)
    if drawn is None:
        return Drawing(WIDTH / 2, (), ())
    dots = [
        Dot(case, *drawn.place(case.lon, case.lat), min(MAX_RADIUS, MIN_RADIUS * math.sqrt(case.posts)))
        for case in cases
        if case.lon is not None and case.lat is not None
    ]
    dots.sort(key=lambda dot: -dot.radius)  # so that a large dot does not hide a small one
    return Drawing(drawn.height, drawn.districts, dots)
