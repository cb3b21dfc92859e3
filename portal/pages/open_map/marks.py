"""Group the points of a map so that no mark covers another."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

MARK_PX = 28.0
"""Diameter of the largest mark with its border: `.map .dot` and `.several` of portal.css."""
NARROW_PX = 270.0
"""Width of the map on the narrowest screens, 320 pixels."""
WIDE_PX, TALL_PX = 800.0, 530.0
"""Width of the map, and of one that is higher than wide, on screens where it has its full size: `.map .wide` of portal.css."""


@dataclass(frozen=True)
class Point:
    """Place one numbered problem on the map."""

    number: int
    """In the list."""
    case_key: str
    label: str
    x: float
    """In percent of the map's width."""
    y: float
    """In percent of its height."""


@dataclass(frozen=True)
class Mark:
    """Draw one problem, or several that are close together."""

    x: float
    y: float
    points: tuple[Point, ...]
    """In the order of the list."""


def group(points: Sequence[Point], width: float, height: float) -> list[Mark]:
    """Return marks that do not overlap at this size or larger.

    Each point joins the nearest mark that it would cover, or is the place of a new one; so two marks are at least MARK_PX apart.

    Args:
        points: in the order of the list.
        width: of the map in pixels.
        height: of the map in pixels.

    >>> near = [Point(1, "C-1", "", 50, 50), Point(2, "C-2", "", 51, 50), Point(3, "C-3", "", 90, 50)]
    >>> [[one.number for one in mark.points] for mark in group(near, 270, 200)]
    [[1, 2], [3]]
    """
    found: list[tuple[float, float, list[Point]]] = []
    for one in points:
        x, y = one.x * width / 100, one.y * height / 100
        nearest = min(found, key=lambda mark: hypot(mark[0] - x, mark[1] - y), default=None)
        if nearest is not None and hypot(nearest[0] - x, nearest[1] - y) < MARK_PX:
            nearest[2].append(one)
        else:
            found.append((x, y, [one]))
    return [Mark(several[0].x, several[0].y, tuple(several)) for _, _, several in found]
