"""Project a city's outlines and points onto a flat map.

In units of an SVG.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from core.config.city import City
from core.config.word_lists import city_folder
from gazetteer.loading.outlines import Ring, outlines

WIDTH, MARGIN = 1000.0, 12.0
MIN_SPAN = 0.02
"""Smallest span of the map in degrees: about two kilometres of latitude."""

Place = Callable[[float, float], tuple[float, float]]
Frame = tuple[float, float, float, float]
"""West, east, south and north."""


@dataclass(frozen=True)
class CityMap:
    """Describe a map: its height, its districts, and where a point lies."""

    height: float
    districts: Sequence[tuple[str, str]]
    """Name and SVG path of each district."""
    place: Place
    """x and y of a longitude and a latitude."""
    frame: Frame
    """West, east, south and north of the map."""


def draw_city(city: City, points: Sequence[tuple[float, float]]) -> CityMap | None:
    """Draw the districts on a map that contains all points.

    Without points it shows the whole city; None: there is nothing to draw.

    Args:
        city: with or without a gazetteer.
        points: longitude and latitude of each.
    """
    return draw_outlines(outlines(city_folder(city), "district"), points)


def draw_outlines(areas: Mapping[str, Sequence[Ring]], points: Sequence[tuple[float, float]]) -> CityMap | None:
    """Draw these outlines on a map that contains all points."""
    corners = list(points) or list(chain.from_iterable(chain.from_iterable(areas.values())))
    if not corners:
        return None
    empty = framed(_frame(corners))
    return replace(empty, districts=[(name, _path(rings, empty.place)) for name, rings in areas.items()])


def framed(frame: Frame) -> CityMap:
    """Return the map of a frame, without any outlines."""
    west, east, south, north = frame
    longitude_scale = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * longitude_scale)

    def place(lon: float, lat: float) -> tuple[float, float]:
        return round(MARGIN + (lon - west) * longitude_scale * scale, 1), round(MARGIN + (north - lat) * scale, 1)

    return CityMap(round(2 * MARGIN + (north - south) * scale, 1), [], place, frame)


def _frame(corners: Sequence[tuple[float, float]]) -> Frame:
    """Return west, east, south and north of the map, with a margin."""
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    margin = max(MIN_SPAN - (max(lats) - min(lats)), 0.1 * (max(lats) - min(lats))) / 2
    margin_x = max(MIN_SPAN - (max(lons) - min(lons)), 0.1 * (max(lons) - min(lons))) / 2
    return min(lons) - margin_x, max(lons) + margin_x, min(lats) - margin, max(lats) + margin


def _path(rings: Sequence[Ring], place: Place) -> str:
    return "".join("M" + "L".join(f"{x},{y}" for x, y in (place(lon, lat) for lon, lat in ring)) + "Z" for ring in rings)
