"""Return the bounds between which four in five weeks lie."""

from collections.abc import Sequence
from math import floor

COVERAGE = 0.8


def interval(errors: Sequence[float]) -> tuple[float, float]:
    """Return the bounds between which four in five past errors lie.

    Args:
        errors: past errors, sorted; at least one.

    >>> interval([-2.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0])
    (-1.0, 1.0)
    """
    tail = round((1 - COVERAGE) / 2, 6)
    return quantile(errors, tail), quantile(errors, 1 - tail)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values, interpolated."""
    position = share * (len(ordered) - 1)
    low = floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
