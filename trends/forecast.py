"""Return forecasts of weekly counts with intervals, where data suffice.

Plain methods (`MODELS`) compete on the past of each series: the three with the smallest errors over the last year are averaged. Intervals
come from its past errors on the scale of square roots, where the spread of counts does not depend on their size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, sqrt
from statistics import fmean, median

LEAST_WEEKS = 12
LEAST_MEAN = 1.0
"""Fewer a week, over the last `LEAST_WEEKS`, are not forecast: the interval would say nothing."""
SEASON = 52
WARM_UP = 4
"""Weeks before the first forecast that is judged."""
JUDGED = 52
"""Latest weeks over which methods are compared."""
SPREAD_WEEKS = 16
"""Latest weeks from whose errors the interval comes: the spread follows the volume."""
COVERAGE = 0.8
Series = Sequence[float]


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
    """Methods whose mean it is, the best first."""
    points: tuple[Point, ...]
    """One a week, the next week first."""
    error: float
    """Mean absolute error of the model over the weeks that were judged, one week ahead."""
    naive_error: float
    """The same of seasonal naive: the week a year before, or the week before where there is no year."""


def smoothed(alpha: float) -> Callable[[Series, int], float]:
    """Return simple exponential smoothing with this weight of the newest week."""

    def model(past: Series, _ahead: int) -> float:
        level = past[0]
        for one in past[1:]:
            level += alpha * (one - level)
        return level

    return model


def mean_of(weeks: int) -> Callable[[Series, int], float]:
    """Return the mean of the last weeks."""
    return lambda past, _ahead: fmean(past[-weeks:])


def median_of(weeks: int) -> Callable[[Series, int], float]:
    """Return the median of the last weeks, which ignores single events."""
    return lambda past, _ahead: float(median(past[-weeks:]))


def seasonal_naive(past: Series, ahead: int) -> float:
    """Return the week a year before, else the last week.

    >>> seasonal_naive([3, 5], 2)
    5
    """
    return past[-SEASON + (ahead - 1) % SEASON] if len(past) >= SEASON else past[-1]


def seasonal_level(past: Series, ahead: int) -> float:
    """Return the level of the last weeks, moved by the season.

    It moves by the square root of the change that the same weeks saw a year before."""
    level = fmean(past[-8:])
    if len(past) < SEASON + 8:
        return level
    then = fmean(past[-SEASON - 8 : -SEASON])
    window = past[-SEASON + ahead - 2 : -SEASON + ahead + 1] if SEASON - ahead - 1 > 0 else past[-8:]
    if then <= 0 or not window:
        return level
    return level * sqrt(min(3.0, max(1 / 3, (fmean(window) + 1) / (then + 1))))


def smoothed_roots(alpha: float) -> Callable[[Series, int], float]:
    """Return exponential smoothing of square roots, which is near the median."""
    plain = smoothed(alpha)
    return lambda past, ahead: plain([sqrt(one) for one in past], ahead) ** 2


MODELS: dict[str, Callable[[Series, int], float]] = {
    "smoothing 0.2": smoothed(0.2),
    "smoothing 0.1": smoothed(0.1),
    "smoothed roots 0.1": smoothed_roots(0.1),
    "smoothed roots 0.3": smoothed_roots(0.3),
    "mean of 4 weeks": mean_of(4),
    "mean of 12 weeks": mean_of(12),
    "median of 8 weeks": median_of(8),
    "median of 13 weeks": median_of(13),
    "median of 26 weeks": median_of(26),
    "level and season": seasonal_level,
    "last year": seasonal_naive,
}
COMBINED = 3
"""The mean of so many best methods is the forecast: the best of the past alone is often the luckiest."""


def forecast(counts: Series, weeks: int) -> Forecast | None:
    """Compute the forecast of the next weeks; None: not enough data.

    Args:
        counts: of complete weeks, oldest first; weeks without any are 0.
        weeks: how many to forecast.
    """
    first = next((n for n, one in enumerate(counts) if one), len(counts))
    past = [float(one) for one in counts[first:]]
    if len(past) < LEAST_WEEKS or fmean(past[-LEAST_WEEKS:]) < LEAST_MEAN:
        return None
    origins = range(max(WARM_UP, len(past) - JUDGED), len(past))
    errors = {
        name: fmean(abs(model(past[: max(1, n - 1)], 2) - past[n]) for n in origins) for name, model in MODELS.items()
    }
    best = sorted(errors, key=lambda name: (errors[name], list(MODELS).index(name)))[:COMBINED]

    def model(known: Series, ahead: int) -> float:
        return fmean(MODELS[name](known, ahead) for name in best)

    points = tuple(_point(past, model, ahead, origins) for ahead in range(1, weeks + 1))
    naive = fmean(abs(seasonal_naive(past[:n], 1) - past[n]) for n in origins)
    return Forecast(tuple(best), points, fmean(abs(model(past[:n], 1) - past[n]) for n in origins), naive)


def _point(past: Series, model: Callable[[Series, int], float], ahead: int, origins: range) -> Point:
    """Return the forecast of one week with its interval."""
    mean = max(0.0, model(past, ahead))
    judged = [n for n in origins if n - ahead + 1 >= WARM_UP][-SPREAD_WEEKS:]
    errors = sorted(sqrt(past[n]) - sqrt(max(0.0, model(past[: n - ahead + 1], ahead))) for n in judged)
    low, high = interval(errors)
    # After a change of level the past errors may all lie on one side: the interval still holds the forecast itself.
    return Point(mean, min(mean, max(0.0, sqrt(mean) + low) ** 2), max(mean, max(0.0, sqrt(mean) + high) ** 2))


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
