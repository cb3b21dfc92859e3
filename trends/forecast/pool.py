"""Compute a forecast of one service from what all services do.

Services rise and fall together, and one alone has too few posts to learn how fast an event is forgotten. A pool learns it from all.
"""

from collections.abc import Sequence
from copy import copy
from math import sqrt
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from trends.forecast.models import SEASON, Series, smoothed_logs

SHARE_WEEKS = 26
"""Latest weeks from which the share of the whole is taken."""
LEAST_PAST = 10
"""Weeks of a series before the first that is learned from."""
LEAST_ROWS = 20
"""Rows without which nothing is learned."""
REFIT = 4
"""Weeks after which the coefficients are learned again."""
PULL = 80.0
"""Rows that the prior counts for: the median of 26 weeks, unchanged."""
PRIOR = 7
"""Number of that feature."""
STEPS, NEAR = 15, 0.1
"""Steps of the fit; error in square roots under which a row counts no more than at it."""
Matrix = NDArray[np.float64]


class Pool:
    """Learn from all services, each week from the weeks before."""

    def __init__(self, series: Sequence[Series], least_mean: float) -> None:
        """Take the counts of the services, all of the same weeks.

        `least_mean`: posts a week, over the last 12, from which a week is learned from.
        """
        self.series = [[float(one) for one in counts] for counts in series]
        self.total = [sum(week) for week in zip(*self.series, strict=True)]
        self.least_mean = least_mean
        self.known = len(self.total)
        """Weeks that may be used."""
        self._rows: dict[int, tuple[Matrix, Matrix, Matrix]] = {}
        self._fits: dict[tuple[int, int], Matrix | None] = {}

    def until(self, known: int) -> "Pool":
        """Return the pool as it was after its first `known` weeks."""
        found = copy(self)
        found.known = known
        return found

    def forecast(self, past: Series, ahead: int, left_out: int) -> float | None:
        """Return the forecast of a series; None: too little is known.

        Args:
            past: of the series, up to the week that is the last one known.
            ahead: weeks after it.
            left_out: weeks of the pool after it, which are not used.
        """
        known = self.known - left_out
        fitted = self._fitted(known // REFIT * REFIT, ahead)
        if fitted is None or not past:
            return None
        return max(0.0, float(fitted @ features(past, self.total[:known], ahead))) ** 2

    def share(self, past: Series, ahead: int, left_out: int) -> float | None:
        """Return the usual share of the series in the whole's forecast.

        None: no weeks to take it from."""
        total = self.total[: self.known - left_out]
        weeks = min(SHARE_WEEKS, len(past), len(total))
        shares = [one / whole for one, whole in zip(past[-weeks:], total[-weeks:], strict=True) if whole] if weeks else []
        return median(shares) * smoothed_logs(0.3)(total, ahead) if shares else None

    def _fitted(self, known: int, ahead: int) -> Matrix | None:
        """Return the coefficients learned from the first `known` weeks."""
        if (known, ahead) not in self._fits:
            if ahead not in self._rows:
                self._rows[ahead] = self._learned_from(ahead)
            rows, real, week = self._rows[ahead]
            early = week < known
            enough = int(early.sum()) >= LEAST_ROWS
            self._fits[known, ahead] = least_absolute(rows[early], real[early]) if enough else None
        return self._fits[known, ahead]

    def _learned_from(self, ahead: int) -> tuple[Matrix, Matrix, Matrix]:
        """Return features, square roots and weeks of all that was forecast."""
        found = [
            (features(counts[:n], self.total[:n], ahead), sqrt(counts[n + ahead - 1]), n + ahead - 1)
            for counts in self.series
            for n in range(LEAST_PAST, len(counts) - ahead + 1)
            if fmean(counts[max(0, n - 12) : n]) >= self.least_mean
        ]
        rows, real, weeks = zip(*found, strict=True) if found else ((), (), ())
        return np.array(rows), np.array(real), np.array(weeks)


def features(past: Series, total: Series, ahead: int) -> list[float]:
    """Return what a forecast is made from, as square roots.

    Args:
        past: of the series; at least one week.
        total: of the city, up to the same week.
        ahead: weeks after it.
    """
    last = [sqrt(one) for one in past[-SEASON - 2 :]]
    whole = [sqrt(one) for one in total[-26:]]
    then = last[-SEASON + ahead - 2 : -SEASON + ahead + 1] if len(past) >= SEASON + 2 and SEASON - ahead > 1 else last[-26:]
    return [
        1.0,
        last[-1],
        fmean(last[-2:]),
        fmean(last[-4:]),
        fmean(last[-8:]),
        fmean(last[-26:]),
        sqrt(median(past[-13:])),
        sqrt(median(past[-26:])),
        fmean(then),
        whole[-1] / 4,
        fmean(whole[-4:]) / 4,
        fmean(whole) / 4,
    ]


def least_absolute(rows: Matrix, real: Matrix) -> Matrix:
    """Return the coefficients with the least absolute errors, drawn to the prior.

    By repeated weighted least squares."""
    pull = PULL * np.eye(rows.shape[1])
    pull[0, 0] = 1e-6
    target = pull[:, PRIOR]
    weights: Matrix = np.ones(len(real))
    found: Matrix = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        found = np.asarray(np.linalg.solve(rows.T @ (rows * weights[:, None]) + pull, rows.T @ (weights * real) + target))
        weights = np.asarray(1 / np.maximum(NEAR, np.abs(real - rows @ found)), dtype=np.float64)
    return found
