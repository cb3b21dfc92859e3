"""Find the street nearest to a point.

A street is known by its own point, by the middle of each of its parts, and by the addresses of stops and landmarks.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from gazetteer.entry import Entry
from gazetteer.reverse.addresses import addresses

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""
STREETS = frozenset({"street", "square"})
CELL = 0.004
"""Side of a cell of the index in degrees."""

Cell = tuple[int, int]


class KnownPoint(NamedTuple):
    """Hold one point of a street."""

    lat: float
    lon: float
    street: Entry
    number: int | None
    """House number; None for the middle of a street or of one of its parts."""


class Near(NamedTuple):
    """Hold the point of a street nearest to another point."""

    metres: float
    point: KnownPoint


class NearestStreets:
    """Index the points of streets by cell; immutable."""

    def __init__(self, entries: Collection[Entry]) -> None:
        self._cells: dict[Cell, list[KnownPoint]] = defaultdict(list)
        self._by_street: dict[str, list[KnownPoint]] = defaultdict(list)
        for point in known_points(entries):
            self._cells[_cell(point.lat, point.lon)].append(point)
            self._by_street[point.street.key].append(point)

    def nearest(self, lat: float, lon: float, within_m: float) -> Near | None:
        """Return the nearest street; None: none within this distance, in metres."""
        return min(self._near(lat, lon, within_m), key=_order, default=None)

    def metres_to(self, key: str, lat: float, lon: float) -> float | None:
        """Return the metres to a street; None: it has no point."""
        return min((distance_m(lat, lon, one.lat, one.lon) for one in self._by_street.get(key, ())), default=None)

    def _near(self, lat: float, lon: float, within_m: float) -> Iterator[Near]:
        high = within_m / METRES_PER_DEGREE
        wide = high / max(0.01, math.cos(math.radians(lat)))
        (top, left), (bottom, right) = _cell(lat - high, lon - wide), _cell(lat + high, lon + wide)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                for point in self._cells.get((row, column), ()):
                    metres = distance_m(lat, lon, point.lat, point.lon)
                    if metres <= within_m:
                        yield Near(metres, point)


def known_points(entries: Collection[Entry]) -> Iterator[KnownPoint]:
    """Yield every point by which a street is known."""
    for entry in entries:
        if entry.kind in STREETS:
            yield from (KnownPoint(lat, lon, entry, None) for lat, lon in points_of(entry))
    yield from (KnownPoint(lat, lon, street, number) for street, number, lat, lon in addresses(entries))


def points_of(entry: Entry) -> Iterable[tuple[float, float]]:
    """Return the points of a place, without those of addresses on it."""
    own = [] if entry.lat is None or entry.lon is None else [(entry.lat, entry.lon)]
    parts = [(one.lat, one.lon) for one in entry.parts if one.lat is not None and one.lon is not None]
    rough = [entry.rough] if entry.rough is not None and not own and not parts else []
    return dict.fromkeys([*own, *parts, *rough])


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the distance of two near points in metres, on a plane.

    >>> round(distance_m(40.4168, -3.7038, 40.4168, -3.7138))
    847
    """
    east = (other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(other_lat - lat, east) * METRES_PER_DEGREE


def _cell(lat: float, lon: float) -> Cell:
    return math.floor(lat / CELL), math.floor(lon / CELL)


def _order(near: Near) -> tuple[float, str, int]:
    return near.metres, near.point.street.key, near.point.number or 0
