"""Return the forecast of a weekly count with intervals, where data suffice.

Smoothing of five speeds, and last year's season where there is one, are averaged by their errors of the latest weeks. What the days of
a week carry (`loads`), how fast events are forgotten and how far forecasts go wrong is learned from all series together (`Pool`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import fmean

import numpy as np

from trends.forecast.files import Effect, Weekly, chosen, shifted
from trends.forecast.models import MODELS, Matrix, Series, Vector, expected, seasonal_naive

LEAST_WEEKS = 12
LEAST_MEAN = 1.0
"""Fewer a week, over the last `LEAST_WEEKS`, are not forecast: the interval would say nothing."""
WARM_UP = 4
"""Weeks before the first forecast that is judged."""
JUDGED = 13
"""Latest weeks over which the methods are compared."""
POWER = 8
"""Methods weigh the inverse of their error to this power: nearly the best alone, without its luck."""
SPREAD_WEEKS = 26
"""Latest weeks from whose errors the interval comes."""
Bounds = Callable[[float, Sequence[float], int], tuple[float, float]]
"""Takes posts a week, past errors in roots and weeks ahead; returns what is added to the root of a forecast (`Pool.bounds`)."""
AHEAD = (1, 2, 3, 4)
"""Weeks ahead over which methods are compared."""


@dataclass(frozen=True)
class Point:
    """Hold the forecast of one week, and its 80 % interval."""

    median: float
    """As many weeks have more as have fewer."""
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Hold the forecast of a series."""

    models: tuple[str, ...]
    """Methods in it, the best first."""
    points: tuple[Point, ...]
    """One a week, the next week first."""
    error: float
    """Mean absolute error over the weeks that were judged, one week ahead."""
    naive_error: float
    """The same of seasonal naive: the week a year before, or the week before where there is no year."""
    uses: tuple[str, ...] = ()
    """Files that are used, because they lower its past errors."""


def has_enough(counts: Series) -> bool:
    """Tell whether there are enough weeks, and posts in the latest.

    >>> has_enough([0, 3] * 6), has_enough([0] * 40 + [9] * 11), has_enough([9] * 40 + [0] * 12)
    (False, False, False)
    >>> has_enough([3, 0] * 6)
    True
    """
    return len(counts) - first_of(counts) >= LEAST_WEEKS and fmean(counts[-LEAST_WEEKS:]) >= LEAST_MEAN


def first_of(counts: Series) -> int:
    """Return the number of the first week with anything."""
    return next((n for n, one in enumerate(counts) if one), len(counts))


class Fitted:
    """Expect any week of a series from the weeks before it."""

    def __init__(self, counts: Series, loads: Vector | None = None) -> None:
        """Take counts with enough weeks, and all loads."""
        self.first = first_of(counts)
        self.past: Vector = np.array(counts[self.first :], dtype=np.float64)
        self.loads: Vector | None = None if loads is None else loads[self.first :]
        self.size = float(self.past[-LEAST_WEEKS:].mean())
        self.weights: Vector = np.empty(0)
        """Of the methods; set by the pool, which knows how they did elsewhere."""
        self._expected: dict[int, Matrix] = {}
        self._forecasts: dict[int, Vector] = {}

    @cached_property
    def _roots(self) -> Vector:
        return np.sqrt(self.past / self._loads(0, len(self.past)))

    def _loads(self, first: int, end: int) -> Vector:
        """Return the loads of some weeks; 1: unknown."""
        known = np.empty(0) if self.loads is None else self.loads[first:end]
        return np.concatenate([known, np.ones(end - first - len(known))])

    def _methods(self, ahead: int) -> Matrix:
        if ahead not in self._expected:
            self._expected[ahead] = expected(self._roots, ahead)
        return self._expected[ahead]

    def errors_of_methods(self) -> Vector:
        """Return each method's mean error; 1 is the mean of all.

        Infinite: it said nothing of some of the latest weeks.
        """
        found, weeks = np.zeros(len(MODELS)), len(self.past)
        for ahead in AHEAD:
            first = max(WARM_UP, weeks - JUDGED)
            forecasts = self._methods(ahead)[:, first : weeks - ahead] ** 2 * self._loads(first + ahead, weeks)
            found += np.abs(forecasts - self.past[first + ahead :]).mean(axis=1)
        found[np.isnan(found)] = np.inf
        return found / max(1e-9, float(found[np.isfinite(found)].mean()))

    def forecasts(self, ahead: int) -> Vector:
        """Return what was expected `ahead` weeks after each known week."""
        if ahead not in self._forecasts:
            methods = self._methods(ahead)
            # a method that knows nothing yet leaves its weight to the others, however little they have
            weights = np.where(np.isnan(methods), 0.0, self.weights[:, None] + 1e-9)
            levels = (weights * np.nan_to_num(methods)).sum(axis=0) / weights.sum(axis=0)
            self._forecasts[ahead] = np.maximum(0.0, levels) ** 2 * self._loads(ahead, len(self.past) + ahead)
        return self._forecasts[ahead]

    def at(self, known: int, ahead: int) -> float:
        """Return the forecast from the first `known` weeks, `ahead` weeks on."""
        return float(self.forecasts(ahead)[max(1, known) - 1])

    def judged(self, ahead: int) -> range:
        """Return the weeks whose forecast `ahead` weeks before is judged."""
        return range(max(WARM_UP + ahead, len(self.past) - SPREAD_WEEKS + ahead), len(self.past))

    def best(self) -> tuple[str, ...]:
        """Return the methods that count, the best first."""
        return tuple(MODELS[n] for n in np.argsort(-self.weights, kind="stable") if self.weights[n] > 0)

    def effect_of(self, files: Sequence[Weekly]) -> Effect | None:
        """Return what files change of this forecast; None: nothing that helps."""
        begun = [Weekly(one.name, one.rows[self.first :]) for one in files]
        return chosen([float(one) for one in self.past], self.at, begun, WARM_UP) if begun else None

    def forecast(self, weeks: int, files: Sequence[Weekly], bounds: Bounds) -> Forecast:
        """Return the forecast of the next weeks."""
        effect, known = self.effect_of(files), len(self.past)

        def at(known: int, ahead: int) -> float:
            median = self.at(known, ahead)
            return median if effect is None else shifted(median, effect.shift(known, known + ahead - 1))

        points = []
        for ahead in range(1, weeks + 1):
            median = at(known, ahead)
            own = [sqrt(self.past[n]) - sqrt(at(n - ahead + 1, ahead)) for n in self.judged(ahead)]
            low, high = bounds(self.size, own, ahead)
            # After a change of level past errors may all lie on one side: the interval still holds the forecast itself.
            points.append(Point(median, max(0.0, sqrt(median) + min(0.0, low)) ** 2, max(0.0, sqrt(median) + max(0.0, high)) ** 2))
        weeks_judged = range(max(WARM_UP, known - JUDGED), known)
        errors = [abs(at(n, 1) - self.past[n]) for n in weeks_judged]
        naive = [abs(seasonal_naive([float(one) for one in self.past[:n]], 1) - self.past[n]) for n in weeks_judged]
        return Forecast(self.best(), tuple(points), float(fmean(errors)), float(fmean(naive)), effect.names if effect else ())
