"""Join cases that lie close together into clusters.

A cluster is a cell of a fixed grid, so that its link names the cell and opens exactly its cases.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.records.area import DECIMALS, Area, Box
from core.records.post import is_example
from gazetteer.city_map import CityMap
from ledger.read import CasePoint

CELLS_ACROSS = 15
"""Cells from the left to the right of the map, about."""
SIZES = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Possible sizes of a cell in degrees."""
MIN_RADIUS, MAX_RADIUS = 11.0, 34.0


@dataclass(frozen=True)
class Cluster:
    """Describe the cases of one cell, in units of the map's SVG."""

    cases: Sequence[CasePoint]
    x: float
    y: float
    radius: float
    area: str
    """The part of the lens's area that the cell is, for the address of its cases."""
    late: bool
    """At least one case is overdue."""
    example: bool
    """All are examples."""


def clusters(points: Sequence[CasePoint], drawn: CityMap, area: Area | None, moment: datetime) -> list[Cluster]:
    """Join cases by cell, the largest clusters first.

    A small one is then drawn on top.
    """
    west, east, south, north = drawn.frame
    longest = max(east - west, north - south)
    size = next((one for one in SIZES if longest / one <= CELLS_ACROSS), SIZES[-1])
    cells: defaultdict[Box, list[CasePoint]] = defaultdict(list)
    for point in points:
        cells[cell_of(point.lat, point.lon, size)].append(point)
    found = [_cluster(cell, some, drawn, area, moment) for cell, some in cells.items()]
    return sorted(found, key=lambda one: (-len(one.cases), one.area))


def cell_of(lat: float, lon: float, size: float) -> Box:
    """Return the cell of a point, with the edges of its address."""
    south, north = _edges(lat, size)
    west, east = _edges(lon, size)
    return Box(south=south, west=west, north=north, east=east)


def _edges(value: float, size: float) -> tuple[float, float]:
    at = math.floor(value / size)
    while value < round(at * size, DECIMALS):
        at -= 1
    while value >= round((at + 1) * size, DECIMALS):
        at += 1
    return round(at * size, DECIMALS), round((at + 1) * size, DECIMALS)


def _cluster(cell: Box, cases: Sequence[CasePoint], drawn: CityMap, area: Area | None, moment: datetime) -> Cluster:
    lon, lat = (sum(one.lon for one in cases) / len(cases), sum(one.lat for one in cases) / len(cases))
    x, y = drawn.place(lon, lat)
    return Cluster(
        cases=cases,
        x=x,
        y=y,
        radius=round(min(MAX_RADIUS, MIN_RADIUS + 4 * math.log2(len(cases))), 1),
        area=(area.within(cell) if area else Area(shapes=(cell,))).text,
        late=any(one.waits and not one.replay and one.due_at < moment for one in cases),
        example=all(is_example(one.source) for one in cases),
    )
