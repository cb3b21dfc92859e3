"""Where the open cases are: drawn from the gazetteer's outlines, so that nothing is fetched and nobody learns what is looked at."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from starlette.requests import Request
from starlette.responses import Response

from core.config.city import City
from core.read_models import CaseRecord
from desk.rendering import page
from desk.state import Desk
from gazetteer.loading.outlines import Ring, district_outlines
from ledger import read
from pipeline.context import now

MOST = 300
"""So many cases are drawn, the newest: more would hide one another."""
WIDTH, MARGIN = 1000.0, 12.0
LEAST_SPAN = 0.02
"""Degrees of latitude the map shows at least: about two kilometres."""
SMALL, LARGE = 9.0, 28.0
"""Radius of a case of one post, and the largest."""


@dataclass(frozen=True)
class Dot:
    """One case on the map."""

    case: CaseRecord
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Drawing:
    """What the page draws, in units of its picture."""

    height: float
    districts: Sequence[tuple[str, str]]
    """Name and SVG path of each."""
    dots: Sequence[Dot]


def map_page(request: Request) -> Response:
    """The map with a list of the same cases below it."""
    desk: Desk = request.app.state.desk
    ledger = desk.context.ledger
    only_example = request.query_params.get("example") == "1"
    found: list[CaseRecord] = []
    without_point = 0
    for case in read.case_records(ledger, order="newest", open_only=True, example=True if only_example else None):
        if case.lat is None or case.lon is None:
            without_point += 1
        elif len(found) < MOST:
            found.append(case)
        else:
            break
    return page(
        request,
        "map.html",
        drawing=drawn(desk.context.city, found),
        without_point=without_point,
        most=MOST if len(found) == MOST else None,
        any_example=read.any_example(ledger),
        any_replay=not only_example and read.any_replay(ledger),
        only_example=only_example,
        moment=now(),
    )


def drawn(city: City, cases: Sequence[CaseRecord]) -> Drawing:
    """Place districts and cases on a picture that holds all cases; the whole city when there are none."""
    folder = city.path.parent / city.gazetteer_folder if city.gazetteer_folder else None
    outlines = district_outlines(folder)
    points = [(case.lon, case.lat) for case in cases if case.lon is not None and case.lat is not None]
    corners: list[tuple[float, float]] = points or list(chain.from_iterable(chain.from_iterable(outlines.values())))
    if not corners:
        return Drawing(WIDTH / 2, (), ())
    west, east, south, north = _frame(corners)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)

    def place(lon: float, lat: float) -> tuple[float, float]:
        return round(MARGIN + (lon - west) * squeeze * scale, 1), round(MARGIN + (north - lat) * scale, 1)

    dots = [
        Dot(case, *place(case.lon, case.lat), min(LARGE, SMALL * math.sqrt(case.posts)))
        for case in cases
        if case.lon is not None and case.lat is not None
    ]
    height = round(2 * MARGIN + (north - south) * scale, 1)
    dots.sort(key=lambda dot: -dot.radius)  # a small one is not hidden by a large one
    return Drawing(height, [(name, _path(rings, place)) for name, rings in outlines.items()], dots)


def _frame(corners: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """West, east, south and north of the picture, with room around the outermost points."""
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    room = max(LEAST_SPAN - (max(lats) - min(lats)), 0.1 * (max(lats) - min(lats))) / 2
    wide = max(LEAST_SPAN - (max(lons) - min(lons)), 0.1 * (max(lons) - min(lons))) / 2
    return min(lons) - wide, max(lons) + wide, min(lats) - room, max(lats) + room


def _path(rings: Sequence[Ring], place: Callable[[float, float], tuple[float, float]]) -> str:
    return "".join(
        "M" + "L".join(f"{x},{y}" for x, y in (place(lon, lat) for lon, lat in ring)) + "Z" for ring in rings
    )
