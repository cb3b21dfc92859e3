"""Compute with points, outlines and projections to locate points in districts."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

Point = tuple[float, float]
"""Latitude, longitude."""
Ring = list[Point]
Polygons = list[list[Ring]]
"""Each polygon: its outer ring, then its holes."""

MOST_CORNERS = 200
METRES_A_DEGREE = 111_320.0
# GRS80 and the UTM projection of ETRS89, in metres.
_A, _F, _K0, _EAST = 6_378_137.0, 1 / 298.257222101, 0.9996, 500_000.0
_E2 = _F * (2 - _F)


def points_of(geometry: dict[str, Any]) -> Iterator[Point]:
    """Return every point of a GeoJSON geometry.

    Raises:
        ValueError: it holds no coordinates.
    """
    if geometry.get("type") == "GeometryCollection":
        for one in geometry.get("geometries", ()):
            yield from points_of(one)
        return
    yield from _flat(geometry["coordinates"])


def _flat(coordinates: Any) -> Iterator[Point]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield float(coordinates[1]), float(coordinates[0])
        return
    for one in coordinates:
        yield from _flat(one)


def polygons_of(geometry: dict[str, Any]) -> Polygons:
    """Return the polygons of a GeoJSON geometry; none for points and lines."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        coordinates = [coordinates]
    elif kind != "MultiPolygon":
        return []
    return [[[(float(y), float(x)) for x, y, *_ in ring] for ring in polygon] for polygon in coordinates or ()]


def is_inside(point: Point, polygons: Polygons) -> bool:
    """Tell whether a point is in a polygon and outside its holes.

    >>> square = [[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)]]
    >>> is_inside((1.0, 1.0), [square]), is_inside((3.0, 1.0), [square])
    (True, False)
    """
    return any(_within(point, polygon[0]) and not any(_within(point, hole) for hole in polygon[1:]) for polygon in polygons if polygon)


def _within(point: Point, ring: Ring) -> bool:
    lat, lon = point
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside


def medoid(points: Sequence[Point]) -> Point:
    """Return the point of these that is nearest to their mean.

    It is one of them, so it is on the street.
    """
    lat, lon = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return min(points, key=lambda one: (distance(one, (lat, lon)), one))


def inner_point(polygons: Polygons) -> Point:
    """Return a point of the largest polygon.

    Its mean, or a corner where the mean lies outside.
    """
    largest = max((polygon[0] for polygon in polygons), key=len)
    lat, lon = (sum(axis) / len(largest) for axis in zip(*largest, strict=True))
    return (lat, lon) if is_inside((lat, lon), polygons) else medoid(largest)


def distance(one: Point, other: Point) -> float:
    """Return metres between two points of one city."""
    east = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot(one[0] - other[0], east) * METRES_A_DEGREE


def simplify(ring: Ring) -> Ring:
    """Leave out corners until an outline is small enough to keep."""
    step = -(-len(ring) // MOST_CORNERS)
    return ring[::step]


def from_utm(east: float, north: float, zone: int) -> Point:
    """Return latitude and longitude of ETRS89 / UTM coordinates.

    To better than a metre (Snyder 1987, 8-17 to 8-25).

    >>> [round(degrees, 3) for degrees in from_utm(500_000, 4_427_757, 30)]
    [40.0, -3.0]
    """
    m = north / _K0
    mu = m / (_A * (1 - _E2 / 4 - 3 * _E2**2 / 64 - 5 * _E2**3 / 256))
    e1 = (1 - math.sqrt(1 - _E2)) / (1 + math.sqrt(1 - _E2))
    phi = (
        mu
        + (3 * e1 / 2 - 27 * e1**3 / 32) * math.sin(2 * mu)
        + (21 * e1**2 / 16 - 55 * e1**4 / 32) * math.sin(4 * mu)
        + 151 * e1**3 / 96 * math.sin(6 * mu)
    )
    ep2, sin, cos, tan = _E2 / (1 - _E2), math.sin(phi), math.cos(phi), math.tan(phi)
    c, t, n = ep2 * cos**2, tan**2, _A / math.sqrt(1 - _E2 * sin**2)
    r = _A * (1 - _E2) / (1 - _E2 * sin**2) ** 1.5
    d = (east - _EAST) / (n * _K0)
    lat = phi - n * tan / r * (
        d**2 / 2
        - (5 + 3 * t + 10 * c - 4 * c**2 - 9 * ep2) * d**4 / 24
        + (61 + 90 * t + 298 * c + 45 * t**2 - 252 * ep2 - 3 * c**2) * d**6 / 720
    )
    lon = (d - (1 + 2 * t + c) * d**3 / 6 + (5 - 2 * c + 28 * t - 3 * c**2 + 8 * ep2 + 24 * t**2) * d**5 / 120) / cos
    return math.degrees(lat), math.degrees(lon) + (zone * 6 - 183)
