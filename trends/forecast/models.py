"""Define plain methods that expect a weekly count from its past.

All work on square roots, where the spread of counts does not depend on their size, and which are near the median of what may come, not
its mean: weeks of an event are few and large, and their mean is wrong in all others.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SEASON = 52
LEAST_SEASON = SEASON + 8
"""Weeks without which last year says nothing."""
ALPHAS = (0.1, 0.2, 0.4, 0.7, 1.0)
USUAL, LEAST_USUAL = 26, 8
"""Latest weeks that say what is usual, and how few will do."""
EXTREME, LEAST_DEVIATION = 4.0, 0.3
"""Robust standard deviations above the usual from which a week is an event, and the least one, in square roots."""
MODELS = (*(f"smoothing {alpha}" for alpha in ALPHAS), "level and season")
Series = Sequence[float]
Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def expected(roots: Vector, ahead: int) -> Matrix:
    """Return what each method expects `ahead` weeks after each week.

    Args:
        roots: square roots of the counts of usual weeks, oldest first.
        ahead: weeks.

    A row a method, in the order of `MODELS`, a column a week; NaN: too little is known.
    """
    calm = without_events(roots)
    levels = [smoothed(calm, alpha) for alpha in ALPHAS]
    return np.array([*levels, levels[1] + _season(roots, levels[1], ahead)])


def without_events(roots: Vector) -> Vector:
    """Return the roots, events' first weeks drawn down to `EXTREME`.

    Until a second one follows, it says nothing of the level.

    >>> [float(one) for one in without_events(np.array([3.0] * 8 + [20.0, 20.0, 3.0]))[7:]]
    [3.0, 4.2, 20.0, 3.0]
    """
    found, in_event = roots.copy(), False
    for n in range(LEAST_USUAL, len(roots)):
        usual = roots[max(0, n - USUAL) : n]
        middle = float(np.median(usual))
        most = middle + EXTREME * max(LEAST_DEVIATION, 1.4826 * float(np.median(np.abs(usual - middle))))
        if roots[n] > most and not in_event:
            found[n] = most
        in_event = bool(roots[n] > most)
    return found


def smoothed(roots: Vector, alpha: float) -> Vector:
    """Return the level after each week, by exponential smoothing.

    The first weeks are averaged. `alpha`: weight of the newest week.

    >>> [float(one) for one in smoothed(np.array([4.0, 2.0, 5.0]), 0.5)]
    [4.0, 3.0, 4.0]
    """
    found = np.empty(len(roots))
    level = roots[0] if len(roots) else 0.0
    for n, one in enumerate(roots):
        level += max(alpha, 1 / (n + 1)) * (one - level)
        found[n] = level
    return found


def _season(roots: Vector, level: Vector, ahead: int) -> Vector:
    """Return how these weeks differed a year ago from their level."""
    found = np.full(len(roots), np.nan)
    for n in range(LEAST_SEASON - 1, len(roots)):
        then = n - SEASON + ahead
        found[n] = roots[then - 2 : then + 3].mean() - level[n - SEASON]
    return found


def seasonal_naive(past: Series, ahead: int) -> float:
    """Return the week a year before, else the last week.

    >>> seasonal_naive([3, 5], 2)
    5
    """
    return past[-SEASON + (ahead - 1) % SEASON] if len(past) >= SEASON else past[-1]
