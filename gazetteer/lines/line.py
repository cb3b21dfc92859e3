"""Define the course of a street, and simplify lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gazetteer.reverse.nearest import METRES_PER_DEGREE, distance_m

Vertex = tuple[float, float]
"""Longitude and latitude."""
Course = tuple[Vertex, ...]
MAIN, THROUGH, LOCAL = 1, 2, 3
"""Ranks of streets: motorways and main roads; roads through a quarter; all others."""


@dataclass(frozen=True)
class StreetLine:
    """Hold a street: its name, its rank and its course."""

    name: str
    """Empty for a road without a name."""
    rank: int
    courses: tuple[Course, ...]
    at: Vertex | None = None
    """Where its name goes when its course is not known."""

    @property
    def metres(self) -> float:
        """Return the length of all its courses."""
        return sum(length_m(one) for one in self.courses)


@dataclass(frozen=True)
class CityStreets:
    """Hold all streets of a city, the most important first."""

    streets: tuple[StreetLine, ...]
    surveyed: bool
    """From a map; False: approximated from addresses."""


def length_m(course: Sequence[Vertex]) -> float:
    """Return the length of a course in metres."""
    return sum(distance_m(one[1], one[0], other[1], other[0]) for one, other in pairwise(course))


def simplified(course: Sequence[Vertex], off_m: float) -> Course:
    """Leave out vertices that lie this near to the line without them.

    Douglas and Peucker's algorithm.

    >>> simplified([(0.0, 0.0), (0.00001, 0.001), (0.0, 0.002)], 5)
    ((0.0, 0.0), (0.0, 0.002))
    """
    kept, pending = {0, len(course) - 1}, [(0, len(course) - 1)]
    while pending:
        first, last = pending.pop()
        distances = [_off(course[at], course[first], course[last]) for at in range(first + 1, last)]
        if distances and max(distances) > off_m:
            farthest = first + 1 + distances.index(max(distances))
            kept.add(farthest)
            pending += [(first, farthest), (farthest, last)]
    return tuple(course[at] for at in sorted(kept))


def _off(point: Vertex, start: Vertex, end: Vertex) -> float:
    """Return the distance of a point from a segment in metres."""
    across = math.cos(math.radians(start[1])) * METRES_PER_DEGREE
    (px, py), (ex, ey) = (((one[0] - start[0]) * across, (one[1] - start[1]) * METRES_PER_DEGREE) for one in (point, end))
    length = ex * ex + ey * ey
    share = 0.0 if length == 0 else min(1.0, max(0.0, (px * ex + py * ey) / length))
    return math.hypot(px - share * ex, py - share * ey)
