"""Learn from all series how methods do and forecasts err.

One series has too few weeks for either. Errors are compared in units of the spread that a series of its size has.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log, log2, sqrt
from typing import NamedTuple

import numpy as np

from trends.forecast.models import Matrix, Series, Vector
from trends.forecast.series import POWER, Fitted, has_enough

KEPT = 0.86
"""Share of past weeks that rounded bounds must have held to be drawn nearer: those weeks chose the methods, too."""
TAILS = (0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20)
"""Shares of the errors beyond a bound, tried in order: whole posts hold more of small counts than the bounds themselves.

The first is less than a tenth: the weeks that are learned from are few, and what shakes the whole city is not among them."""
NEAR = 0.7
"""Natural logarithm of the ratio of two sizes at which a series counts for another one by 0.6."""
OWN_WEEKS = 10
"""Weeks of its own that a series needs to have half of its spread from them."""
LEAST_SPREAD = 0.05
"""In square roots."""


class _Errors(NamedTuple):
    """Hold the past errors of all series, some weeks ahead."""

    sizes: Vector
    """Posts a week, of each series."""
    squares: Vector
    """Mean squared error of each series."""
    numbers: Vector
    """Errors of each series."""
    of: Vector
    """For each error, the number of its series."""
    error: Vector
    """Root of the count less root of the forecast."""
    root: Vector
    """Of the forecast."""
    real: Vector
    """Count."""

    def spread(self, size: float, own_square: float, own_number: float) -> float:
        """Return the standard error, drawn to that of its size."""
        weights = self.nearness(log(size))
        like = float(weights @ self.squares / weights.sum())
        return max(LEAST_SPREAD, sqrt((OWN_WEEKS * like + own_number * own_square) / (OWN_WEEKS + own_number)))

    def nearness(self, log_size: float) -> Vector:
        """Return how much each series counts for one of this size."""
        return np.asarray(np.maximum(1e-9, np.exp(-(((np.log(self.sizes) - log_size) / NEAR) ** 2) / 2)))


class Pool:
    """Hold what the series of one kind teach each other."""

    def __init__(self, series: Sequence[Series], loads: Vector | None = None) -> None:
        """Take counts of the same weeks, and all loads."""
        self.known = max((len(one) for one in series), default=0)
        self.loads = loads
        self.fitted = [Fitted(one, self._loads_of(one)) for one in series if has_enough(one)]
        errors = [one.errors_of_methods() for one in self.fitted]
        self._elsewhere: Vector = _mean_of_finite(np.array(errors)) if errors else np.empty(0)
        for one, own in zip(self.fitted, errors, strict=True):
            one.weights = self._weigh(own)
        self._errors = lru_cache(maxsize=None)(self._find_errors)
        self._tails = lru_cache(maxsize=None)(self._find_tails)

    def _loads_of(self, counts: Series) -> Vector | None:
        return None if self.loads is None else self.loads[max(0, self.known - len(counts)) :]

    def _weigh(self, own: Vector) -> Vector:
        elsewhere = self._elsewhere if len(self._elsewhere) else own
        both = np.where(np.isfinite(own) & np.isfinite(elsewhere), own + elsewhere, np.inf)
        found = np.maximum(both, 1e-6) ** -POWER
        found = found / found.sum()
        return np.asarray(np.where(found >= 0.01, found, 0.0))

    def fit(self, counts: Series) -> Fitted:
        """Return a series with enough weeks, up to the pool's last."""
        found = Fitted(counts, self._loads_of(counts))
        found.weights = self._weigh(found.errors_of_methods())
        return found

    def _find_errors(self, ahead: int) -> _Errors | None:
        judged = [one for one in self.fitted if one.judged(ahead)]
        if not judged:
            return self._errors(ahead - 1) if ahead > 1 else None
        roots = [np.sqrt(one.forecasts(ahead)[one.judged(ahead).start - ahead : -ahead]) for one in judged]
        reals = [one.past[one.judged(ahead).start :] for one in judged]
        errors = [np.sqrt(real) - root for real, root in zip(reals, roots, strict=True)]
        return _Errors(
            sizes=np.array([one.size for one in judged]),
            squares=np.array([float((one**2).mean()) for one in errors]),
            numbers=np.array([float(len(one)) for one in errors]),
            of=np.repeat(np.arange(len(judged)), [len(one) for one in errors]),
            error=np.concatenate(errors),
            root=np.concatenate(roots),
            real=np.concatenate(reals),
        )

    def bounds(self, size: float, own: Sequence[float], ahead: int) -> tuple[float, float]:
        """Return what is added to the root of a forecast.

        Args:
            size: posts a week.
            own: past errors of the series, in square roots.
            ahead: weeks.
        """
        found = self._errors(ahead)
        if found is None:
            return 0.0, 0.0
        spread = found.spread(size, sum(one**2 for one in own) / max(1, len(own)), len(own))
        low, high = self._tails(round(log2(size)), ahead)
        return low * spread, high * spread

    def _find_tails(self, octave: int, ahead: int) -> tuple[float, float]:
        """Return both bounds in units of spread, by size."""
        found = self._errors(ahead)
        if found is None:
            return 0.0, 0.0
        each = zip(found.sizes, found.squares, found.numbers, strict=True)
        spreads = np.array([found.spread(*(float(value) for value in one)) for one in each])[found.of]
        ratios, weights = found.error / spreads, found.nearness(octave * log(2))[found.of]
        order = np.argsort(ratios, kind="stable")
        shares = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
        weeks = float(found.numbers.max())  # errors of one week are one event: weeks are what counts
        kept: tuple[float, float] = 0.0, 0.0
        for tail in TAILS:
            # of n weeks and one more, the share that lies beyond the k-th is k / (n + 1)
            share = max(0.0, (tail * (weeks + 1) - 0.5) / weeks)
            low, high = (float(np.interp(one, shares, ratios[order])) for one in (share, 1 - share))
            if tail != TAILS[0]:
                lows, highs = (np.round(np.maximum(0.0, found.root + one * spreads) ** 2) for one in (low, high))
                if weights @ ((lows <= found.real) & (found.real <= highs)) / weights.sum() < KEPT:
                    break
            kept = low, high
        return kept


def _mean_of_finite(errors: Matrix) -> Vector:
    """Return each column's mean of finite values; infinite without one."""
    finite = np.isfinite(errors)
    total = np.where(finite, errors, 0.0).sum(axis=0)
    return np.asarray(np.where(finite.any(axis=0), total / np.maximum(1, finite.sum(axis=0)), np.inf))
