"""Lay out the map of open problems: marks, and names of districts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.config.city import City
from core.config.word_lists import city_folder
from gazetteer.city_map import WIDTH, CityMap, draw_city
from gazetteer.loading.outlines import outlines
from portal.pages.open_map.marks import MARK_PX, NARROW_PX, TALL_PX, WIDE_PX, Mark, Point, group
from portal.pages.report_map.names import Box, names_of_areas, with_room

TALL = 700
"""Height from which a map, WIDTH wide, is drawn smaller."""
LETTER = 11
"""Height of the letters in pixels: `.map text` of portal.css."""


class Place(NamedTuple):
    """Hold a problem that has a point."""

    number: int
    """In the list."""
    case_key: str
    label: str
    lon: float
    lat: float


@dataclass(frozen=True)
class AreaName:
    """Write the name of a district."""

    text: str
    x: float
    """Of its middle, in percent of the map's width."""
    y: float
    """Of its base line, in percent of the map's height."""


@dataclass(frozen=True)
class MapLayer:
    """Hold what keeps its size on screens of one width."""

    marks: Sequence[Mark]
    names: Sequence[AreaName]


@dataclass(frozen=True)
class OpenMap:
    """Hold the map of the open problems."""

    outlines: CityMap
    layers: dict[str, MapLayer]
    """For `narrow` and `wide` screens."""

    @property
    def is_tall(self) -> bool:
        """Tell whether it is drawn smaller, to fit on a screen."""
        return self.outlines.height > TALL


def draw_map(city: City, places: Sequence[Place]) -> OpenMap | None:
    """Draw a map that contains all places; None: there are none."""
    drawn = draw_city(city, [(one.lon, one.lat) for one in places])
    if drawn is None or not places:
        return None
    points = []
    for one in places:
        x, y = drawn.place(one.lon, one.lat)
        points.append(Point(one.number, one.case_key, one.label, round(100 * x / WIDTH, 2), round(100 * y / drawn.height, 2)))
    widths = {"narrow": NARROW_PX, "wide": TALL_PX if drawn.height > TALL else WIDE_PX}
    return OpenMap(drawn, {name: _layer(city, drawn, points, width) for name, width in widths.items()})


def _layer(city: City, drawn: CityMap, points: Sequence[Point], width: float) -> MapLayer:
    """Return the marks, and the names that they leave room for."""
    scale = width / WIDTH
    height = drawn.height * scale
    marks = group(points, width, height)

    def place(lat: float, lon: float) -> tuple[float, float]:
        x, y = drawn.place(lon, lat)
        return x * scale, y * scale

    wanted = names_of_areas(outlines(city_folder(city), "district").items(), place, width, height)
    written = with_room(wanted, width, height, LETTER, [_box(one, width, height) for one in marks])
    names = [AreaName(one.wanted.text, round(100 * one.x / width, 2), round(100 * one.y / height, 2)) for one in written]
    return MapLayer(marks, names)


def _box(mark: Mark, width: float, height: float) -> Box:
    x, y, half = mark.x * width / 100, mark.y * height / 100, MARK_PX / 2
    return x - half, x + half, y - half, y + half
