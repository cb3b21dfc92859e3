"""Find the barrio and district at a point, by their outlines."""

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gazetteer.entry import Entry
from gazetteer.loading.outlines import By, Ring, outlines
from gazetteer.reverse.nearest import METRES_PER_DEGREE

EDGE_M = 100.0
"""Outlines are simplified: a point so near to one is in it, where no other holds it."""


class OutlinedAreas:
    """Hold the outlines of districts and barrios; empty without any."""

    def __init__(self, folder: Path | None = None, entries: Collection[Entry] = ()) -> None:
        self._folder = folder
        self._entries = {(one.kind, one.name): one for one in entries if one.kind in ("district", "barrio")}

    def __bool__(self) -> bool:
        """Tell whether there is an outline."""
        return bool(outlines(self._folder, "district"))

    def at(self, by: By, lat: float, lon: float) -> Entry | None:
        """Return the district or barrio at a point; None: outside of all."""
        rings = outlines(self._folder, by)
        name = next((name for name, some in rings.items() if holds(some, lat, lon)), None)
        return self._entries.get((by, name or _nearest(rings, lat, lon) or ""))


def holds(rings: Sequence[Ring], lat: float, lon: float) -> bool:
    """Tell whether a point is inside of an odd number of rings.

    >>> holds([[(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)]], 1.0, 1.0)
    True
    """
    inside = False
    for ring in rings:
        for (lon1, lat1), (lon2, lat2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (lat1 > lat) != (lat2 > lat) and lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1:
                inside = not inside
    return inside


def _nearest(rings: Mapping[str, Sequence[Ring]], lat: float, lon: float) -> str | None:
    """Return the area whose outline is nearest; None: none within EDGE_M."""
    distances = {name: min((_metres_to(ring, lat, lon) for ring in some), default=math.inf) for name, some in rings.items()}
    found = min(distances, key=lambda name: (distances[name], name), default=None)
    return found if found is not None and distances[found] <= EDGE_M else None


def _metres_to(ring: Ring, lat: float, lon: float) -> float:
    """Return the metres from a point to a ring, on a plane."""
    wide = METRES_PER_DEGREE * math.cos(math.radians(lat))
    corners = [((x - lon) * wide, (y - lat) * METRES_PER_DEGREE) for x, y in ring]
    return min(_metres_to_side(*side) for side in zip(corners, [*corners[1:], corners[0]], strict=True))


def _metres_to_side(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the metres from the origin to a side."""
    (x1, y1), (x2, y2) = one, other
    east, north = x2 - x1, y2 - y1
    length = east * east + north * north
    along = min(1.0, max(0.0, -(x1 * east + y1 * north) / length)) if length else 0.0
    return math.hypot(x1 + along * east, y1 + along * north)
