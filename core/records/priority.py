"""Define the points that make up the priority of a case."""

from typing import Literal

from core.records import Record

PointName = Literal["complaint", "topic", "harm", "risk", "citizens", "growth", "place", "reopened", "emergency"]
LOWEST, HIGHEST = 1, 5


class PriorityPoint(Record):
    """Hold one reason for the priority of a case, and its points."""

    name: PointName
    points: int
    """0 for `emergency`: such words are shown and never counted."""
    evidence: str = ""
    """Words, places or numbers that it rests on, parts separated by `|`."""


def total_of(points: tuple[PriorityPoint, ...]) -> int:
    """Return the priority that these points give, 1 to 5.

    >>> total_of((PriorityPoint(name="complaint", points=1), PriorityPoint(name="harm", points=2)))
    4
    """
    return min(HIGHEST, LOWEST + sum(one.points for one in points))
