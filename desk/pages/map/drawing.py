"""Draw a city's outlines, and tiles under them where wanted."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from core.config.city import City
from core.config.word_lists import city_folder
from desk.lens import Lens
from gazetteer.city_map import CityMap, draw_outlines
from gazetteer.lines import DrawnStreets, streets_on
from gazetteer.loading.outlines import By, Ring, outlines

MOST_TILES = 30
LARGEST_ZOOM = 18


@dataclass(frozen=True)
class Tile:
    """Describe one picture under the map."""

    url: str
    x: float
    y: float
    width: float
    height: float


def draw(city: City, by: By, lens: Lens, points: Sequence[tuple[float, float]]) -> CityMap | None:
    """Draw the outlines within the frame of the lens.

    The frame is the area, else the barrio, else the district, else the whole city with all points.

    Args:
        city: with or without a gazetteer.
        by: what is outlined.
        lens: its places give the frame.
        points: longitude and latitude of what is drawn on the map.
    """
    areas = outlines(city_folder(city), by)
    if lens.shape:
        bounds = lens.shape.bounds
        frame = [(bounds.west, bounds.south), (bounds.east, bounds.north)]
    else:
        chosen = _chosen(city, lens)
        rings = chosen or list(chain.from_iterable(areas.values()))
        frame = [*chain.from_iterable(rings), *(() if chosen else points)]
    return draw_outlines(areas, frame)


def _chosen(city: City, lens: Lens) -> Sequence[Ring]:
    """Return the outline of the lens's barrio, else of its district."""
    folder = city_folder(city)
    return outlines(folder, "barrio").get(lens.barrio or "") or outlines(folder, "district").get(lens.district or "", ())


def edges(city: City, lens: Lens, drawn: CityMap) -> list[list[tuple[float, float]]]:
    """Return the corners of the lens's area, else barrio or district."""
    rings = [[(lon, lat) for lat, lon in lens.shape.shapes[0].corners]] if lens.shape else _chosen(city, lens)
    return [[drawn.place(lon, lat) for lon, lat in ring] for ring in rings]


def streets(city: City, drawn: CityMap) -> DrawnStreets:
    """Return a map's streets, small ones where it is near."""
    return streets_on(city_folder(city), drawn)


def tiles(url: str, drawn: CityMap) -> list[Tile]:
    """Return the tiles that cover a map, numbered as in web mercator."""
    if not url:
        return []
    zoom = LARGEST_ZOOM
    while zoom and len(numbers := list(_tiles(drawn.frame, zoom))) > MOST_TILES:
        zoom -= 1
    found = []
    for x, y in numbers:
        left, top = drawn.place(*_corner(x, y, zoom))
        right, bottom = drawn.place(*_corner(x + 1, y + 1, zoom))
        address = url.replace("{z}", str(zoom)).replace("{x}", str(x)).replace("{y}", str(y))
        found.append(Tile(address, left, top, round(right - left, 1), round(bottom - top, 1)))
    return found


def _tiles(frame: tuple[float, float, float, float], zoom: int) -> Iterator[tuple[int, int]]:
    west, east, south, north = frame
    (left, top), (right, bottom) = _number(west, north, zoom), _number(east, south, zoom)
    if (right - left + 1) * (bottom - top + 1) > MOST_TILES:  # not one by one
        yield from ((0, 0) for _ in range(MOST_TILES + 1))
        return
    yield from ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def _number(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return the numbers of the tile that holds a point."""
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**zoom), int(y * 2**zoom)


def _corner(x: int, y: int, zoom: int) -> tuple[float, float]:
    """Return longitude and latitude of the north-west corner of a tile."""
    return x / 2**zoom * 360 - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**zoom))))
