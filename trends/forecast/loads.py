"""Find how much of a usual week each week carries.

A Sunday or a holiday brings half of a working day: a week with two holidays has fewer posts, and no level fell. It is learned from the
whole city, because one service has too few holidays.
"""

from collections.abc import Sequence

import numpy as np

from trends.forecast.models import Matrix, Vector

HOLIDAY = 7
"""Kind of a day that is no working day by law; other kinds are the days of the week, Monday 0."""
KINDS = 8
USUAL = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.5, 0.5])
"""Weights of the kinds of day before anything is known."""
PRIOR = 3.0
"""Days of each kind that they count for."""
STEPS = 6


def loads_of(days: Matrix, holidays: Sequence[Sequence[bool]]) -> Vector:
    """Return each week's share of a usual week, around 1.

    Args:
        days: counts of the city, a row a complete week, a column a day.
        holidays: the same, and the weeks ahead: which days are holidays.
    """
    kinds = np.where(np.array(holidays, dtype=bool), HOLIDAY, np.arange(7))
    known, weights = kinds[: len(days)], USUAL
    typical = float(days.sum()) / max(1, len(days)) / USUAL[:7].sum()
    for _ in range(STEPS if typical else 0):
        levels = days.sum(axis=1) / weights[known].sum(axis=1)
        counted = np.array([days[known == kind].sum() for kind in range(KINDS)])
        would = np.array([((known == kind) * levels[:, None]).sum() for kind in range(KINDS)])
        weights = (counted + PRIOR * typical * USUAL) / (would + PRIOR * typical)
        weights = weights / weights[:5].mean()
    return np.asarray(weights[kinds].sum(axis=1) / weights[:7].sum())
