"""Say what a map shows: city, district, or streets around a point.

A view has a name, which is in the form and in the address of its picture. The name of a view of streets has the middle of a square of half
a kilometre: no address has the point that a citizen chose.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median

from core.config.city import City
from core.config.word_lists import city_folder
from core.runtime.one_filler import one_filler
from gazetteer import Gazetteer, gazetteer_of
from gazetteer.loading.outlines import Ring, outlines
from gazetteer.reverse.areas import holds
from gazetteer.reverse.nearest import METRES_PER_DEGREE, KnownPoint, known_points

CITY = "city"
HALF_NEAR_M = 600.0
"""From the middle of a view of streets to its edge."""
GRID = 0.005
"""Degrees between the middles of two views of streets: 556 m of latitude."""
MARGIN = 1.06
LEFT_OUT = 0.005
"""Share of the streets on each side that the view of the city may leave out, so that woods at its edge do not make the rest small."""
FEW = 50
"""With fewer known points of streets a view shows the whole outline."""
Corners = list[tuple[float, float]]
"""Longitude and latitude of each."""
_NEAR = re.compile(r"near_(-?\d{1,2}\.\d{3})_(-?\d{1,3}\.\d{3})")


@dataclass(frozen=True)
class View:
    """Describe a square map."""

    name: str
    lat: float
    """Of its middle."""
    lon: float
    half_m: float
    """Metres from its middle to its edge."""
    district: str | None = None
    """Name of the district that it shows."""

    @property
    def is_near(self) -> bool:
        """Tell whether it shows streets."""
        return self.name.startswith("near_")

    def place(self, lat: float, lon: float) -> tuple[float, float]:
        """Return where a point lies, from 0 to 1: right, down."""
        east = (lon - self.lon) * self._wide
        north = (lat - self.lat) * METRES_PER_DEGREE
        return 0.5 + east / (2 * self.half_m), 0.5 - north / (2 * self.half_m)

    def point(self, right: float, down: float) -> tuple[float, float]:
        """Return the latitude and longitude of a place on the map."""
        north, east = (0.5 - down) * 2 * self.half_m, (right - 0.5) * 2 * self.half_m
        return self.lat + north / METRES_PER_DEGREE, self.lon + east / self._wide

    @property
    def _wide(self) -> float:
        """Return the metres of a degree of longitude."""
        return METRES_PER_DEGREE * math.cos(math.radians(self.lat))


def has_map(city: City) -> bool:
    """Tell whether there are outlines to choose from."""
    return bool(outlines(city_folder(city), "district"))


def view_named(city: City, name: str) -> View | None:
    """Return the view of this name; None: there is none."""
    if not has_map(city):
        return None
    if name == CITY:
        return _city_view(city_folder(city), gazetteer_of(city))
    if found := _NEAR.fullmatch(name):
        lat, lon = float(found[1]), float(found[2])
        on_grid = near_view(lat, lon)
        return on_grid if on_grid.name == name and gazetteer_of(city).at(lat, lon) is not None else None
    area = next((one for one in gazetteer_of(city).areas("district") if one.key.replace(":", "_") == name), None)
    return None if area is None else _area_view(city_folder(city), gazetteer_of(city), name, area.name)


def district_view(city: City, lat: float, lon: float) -> View | None:
    """Return the view of a point's district; None: outside of all."""
    spot = gazetteer_of(city).at(lat, lon)
    if spot is None or spot.district is None:
        return None
    return view_named(city, spot.district.key.replace(":", "_"))


def near_view(lat: float, lon: float) -> View:
    """Return the view of streets that has a point near its middle."""
    lat, lon = (round(round(one / GRID) * GRID, 3) for one in (lat, lon))
    return View(f"near_{lat:.3f}_{lon:.3f}", lat, lon, HALF_NEAR_M)


@one_filler(maxsize=4)
def _city_view(folder: Path | None, gazetteer: Gazetteer) -> View:
    rings: Mapping[str, Sequence[Ring]] = outlines(folder, "district")
    points = list(known_points(gazetteer.entries))
    streets = _where_streets_are([(one.lon, one.lat) for one in points])
    if not streets:
        return _view_of(CITY, list(chain.from_iterable(chain.from_iterable(rings.values()))))
    return _view_of(CITY, [*streets, *_middles(points, rings)])


def _middles(points: Sequence[KnownPoint], districts: Collection[str]) -> Iterator[tuple[float, float]]:
    """Yield the middle of the streets of each district.

    One with few streets far out must be on the map too, to be chosen.
    """
    inside: dict[str, Corners] = {}
    for one in points:
        if len(one.street.districts) == 1 and one.street.districts[0] in districts:
            inside.setdefault(one.street.districts[0], []).append((one.lon, one.lat))
    for corners in inside.values():
        lons, lats = zip(*corners, strict=True)
        yield median(lons), median(lats)


@one_filler(maxsize=64)
def _area_view(folder: Path | None, gazetteer: Gazetteer, name: str, district: str) -> View | None:
    rings = outlines(folder, "district").get(district, ())
    if not rings:
        return None
    corners = list(chain.from_iterable(rings))
    points = [(one.lon, one.lat) for one in known_points(gazetteer.entries)]
    inside = [one for one in points if holds(rings, one[1], one[0])]
    return _view_of(name, _where_streets_are(inside) or corners, district)


def _where_streets_are(points: Corners) -> Corners:
    """Return two corners around nearly all points; [] for few points."""
    skipped = int(LEFT_OUT * len(points))
    if len(points) < FEW:
        return []
    lons, lats = (sorted(some) for some in zip(*points, strict=True))
    return [(lons[skipped], lats[skipped]), (lons[-1 - skipped], lats[-1 - skipped])]


def _view_of(name: str, corners: Corners, district: str | None = None) -> View:
    (west, east), (south, north) = ((min(some), max(some)) for some in zip(*corners, strict=True))
    lat, lon = (south + north) / 2, (west + east) / 2
    high = (north - south) * METRES_PER_DEGREE
    wide = (east - west) * METRES_PER_DEGREE * math.cos(math.radians(lat))
    return View(name, lat, lon, max(HALF_NEAR_M, MARGIN * max(high, wide) / 2), district)
