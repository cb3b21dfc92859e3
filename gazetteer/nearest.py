"""Find the place of the gazetteer nearest to a point."""

import math
from collections.abc import Iterable, Iterator

from gazetteer.entry import Entry

METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""
NAMED_IN_REPORTS = frozenset({"street", "square", "landmark"})
"""Kinds of place by which people say where something is."""


def nearest(entries: Iterable[Entry], lat: float, lon: float, within_m: float) -> Entry | None:
    """Return the street, square or landmark nearest to a point.

    A street counts with the middle of each of its parts; None when nothing lies within `within_m` metres.
    """
    best: tuple[float, str, Entry] | None = None
    for entry in entries:
        if entry.kind not in NAMED_IN_REPORTS:
            continue
        for point in _points(entry):
            metres = distance_m(lat, lon, *point)
            if metres <= within_m and (best is None or (metres, entry.key) < best[:2]):
                best = (metres, entry.key, entry)
    return None if best is None else best[2]


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the distance of two near points in metres, on a plane.

    >>> round(distance_m(40.4168, -3.7038, 40.4168, -3.7138))
    847
    """
    east = (other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return math.hypot(other_lat - lat, east) * METRES_PER_DEGREE


def _points(entry: Entry) -> Iterator[tuple[float, float]]:
    if entry.lat is not None and entry.lon is not None:
        yield entry.lat, entry.lon
    for part in entry.parts:
        if part.lat is not None and part.lon is not None:
            yield part.lat, part.lon
