"""Return the forecast of a weekly count with intervals, where data suffice.

Three ways are averaged: the plain methods (`MODELS`) with the smallest errors of the last year, the usual share of what the whole
city will have, and a regression learned from all services. Intervals come from past errors on the scale of square roots, where the
spread of counts does not depend on their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from trends.forecast.files import Base, Weekly, chosen, shifted
from trends.forecast.interval import interval
from trends.forecast.models import MODELS, Series, seasonal_naive
from trends.forecast.pool import Pool

LEAST_WEEKS = 12
LEAST_MEAN = 1.0
"""Fewer a week, over the last `LEAST_WEEKS`, are not forecast: the interval would say nothing."""
WARM_UP = 4
"""Weeks before the first forecast that is judged."""
JUDGED = 52
"""Latest weeks over which the plain methods are compared."""
COMBINED = 5
"""Number of best methods that are used: the best of the past alone is often the luckiest."""
LEAST_ERROR = 0.05
"""Added to the error of each, whose inverse square is its weight."""
SPREAD_WEEKS = 9
"""Latest weeks from whose errors the interval comes: the spread follows the volume."""


@dataclass(frozen=True)
class Point:
    """Hold the forecast of one week, and its 80 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Hold the forecast of a series."""

    models: tuple[str, ...]
    """Plain methods in it, the best first."""
    points: tuple[Point, ...]
    """One a week, the next week first."""
    error: float
    """Mean absolute error over the weeks that were judged, one week ahead."""
    naive_error: float
    """The same of seasonal naive: the week a year before, or the week before where there is no year."""
    uses: tuple[str, ...] = ()
    """Files that are used, because they lower its past errors."""


def pool_of(series: Sequence[Series]) -> Pool:
    """Return what is learned from the services, counted in the same weeks."""
    return Pool(series, LEAST_MEAN)


def forecast(counts: Series, weeks: int, pool: Pool | None = None, files: Sequence[Weekly] = ()) -> Forecast | None:
    """Compute the forecast of the next weeks; None: not enough data.

    Args:
        counts: of complete weeks, oldest first; weeks without any are 0.
        weeks: how many to forecast.
        pool: what is learned from all services, whose last week is that of `counts`; None: the series alone.
        files: of days, with a row for each week of `counts` and each week ahead.
    """
    if not has_enough(counts):
        return None
    first = _first(counts)
    past = [float(one) for one in counts[first:]]
    base = Combined(past, pool)
    begun = [Weekly(one.name, one.rows[first:]) for one in files]
    effect = chosen(past, base.at, begun, WARM_UP) if begun else None

    def at(known: int, ahead: int) -> float:
        mean = base.at(known, ahead)
        return mean if effect is None else shifted(mean, effect.shift(known, known + ahead - 1))

    points = tuple(_point(past, at, ahead) for ahead in range(1, weeks + 1))
    errors = [abs(at(n, 1) - past[n]) for n in base.judged]
    naive = [abs(seasonal_naive(past[:n], 1) - past[n]) for n in base.judged]
    return Forecast(base.best, points, fmean(errors), fmean(naive), effect.names if effect else ())


def has_enough(counts: Series) -> bool:
    """Tell whether there are enough weeks, and posts in the latest.

    >>> has_enough([0, 3] * 6), has_enough([0] * 40 + [9] * 11), has_enough([9] * 40 + [0] * 12)
    (False, False, False)
    >>> has_enough([3, 0] * 6)
    True
    """
    return len(counts) - _first(counts) >= LEAST_WEEKS and fmean(counts[-LEAST_WEEKS:]) >= LEAST_MEAN


def _first(counts: Series) -> int:
    """Return the number of the first week with anything."""
    return next((n for n, one in enumerate(counts) if one), len(counts))


class Combined:
    """Compute the forecast of any week from the weeks before."""

    def __init__(self, past: Series, pool: Pool | None) -> None:
        """Choose the plain methods by the errors of the latest weeks."""
        self.past, self.pool = past, pool
        self.judged = range(max(WARM_UP, len(past) - JUDGED), len(past))
        self._known: dict[tuple[int, int], float] = {}
        errors = {name: fmean(abs(model(past[: max(1, n - 1)], 2) - past[n]) for n in self.judged) for name, model in MODELS.items()}
        self.best = tuple(sorted(errors, key=lambda name: (errors[name], list(MODELS).index(name)))[:COMBINED])
        weights = [(errors[name] + LEAST_ERROR) ** -2 for name in self.best]
        self.weights = [one / sum(weights) for one in weights]

    def at(self, known: int, ahead: int) -> float:
        """Return the forecast from the first `known` weeks, `ahead` weeks on."""
        if (known, ahead) not in self._known:
            self._known[known, ahead] = self._at(self.past[: max(1, known)], ahead)
        return self._known[known, ahead]

    def _at(self, past: Series, ahead: int) -> float:
        plain = sum(w * MODELS[name](past, ahead) for name, w in zip(self.best, self.weights, strict=True))
        if self.pool is None:
            return plain
        left_out = len(self.past) - len(past)
        share, learned = self.pool.share(past, ahead, left_out), self.pool.forecast(past, ahead, left_out)
        both = plain if share is None else (plain + share) / 2
        return both if learned is None else (both + learned) / 2


def _point(past: Series, at: Base, ahead: int) -> Point:
    """Return the forecast of one week with its interval."""
    mean = at(len(past), ahead)
    judged = range(max(WARM_UP + ahead - 1, len(past) - SPREAD_WEEKS), len(past))
    errors = sorted(sqrt(past[n]) - sqrt(at(n - ahead + 1, ahead)) for n in judged)
    low, high = interval(errors)
    # After a change of level the past errors may all lie on one side: the interval still holds the forecast itself.
    return Point(mean, min(mean, max(0.0, sqrt(mean) + low) ** 2), max(mean, max(0.0, sqrt(mean) + high) ** 2))
