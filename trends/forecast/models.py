"""Define plain methods that forecast a weekly count from its past.

All are near the median of what may come, not its mean: weeks of an event are few and large, and their mean is wrong in all others.
"""

from collections.abc import Callable, Sequence
from math import expm1, log1p, sqrt
from statistics import fmean, median

SEASON = 52
TAIL = 78
"""Latest weeks that smoothing reads: what is older weighs less than a thousandth."""
Series = Sequence[float]
Model = Callable[[Series, int], float]
"""Takes the past, oldest week first, and how many weeks ahead; returns the forecast."""


def smoothed(alpha: float) -> Model:
    """Return simple exponential smoothing with this weight of the newest week."""

    def model(past: Series, _ahead: int) -> float:
        level, *later = past[-TAIL:]
        for one in later:
            level += alpha * (one - level)
        return level

    return model


def smoothed_roots(alpha: float) -> Model:
    """Return exponential smoothing of square roots, which is near the median."""
    plain = smoothed(alpha)
    return lambda past, ahead: plain([sqrt(one) for one in past[-TAIL:]], ahead) ** 2


def smoothed_logs(alpha: float) -> Model:
    """Return exponential smoothing of logarithms, which forgets an event faster."""
    plain = smoothed(alpha)
    return lambda past, ahead: expm1(plain([log1p(one) for one in past[-TAIL:]], ahead))


def median_of(weeks: int) -> Model:
    """Return the median of the last weeks, which ignores single events."""
    return lambda past, _ahead: float(median(past[-weeks:]))


def trimmed_mean(past: Series, _ahead: int) -> float:
    """Return the mean of half a year without its largest fifth.

    >>> trimmed_mean([3, 3, 3, 3, 40], 1)
    3.0
    """
    kept = sorted(past[-26:])
    return fmean(kept[: max(1, int(0.8 * len(kept)))])


def returning(past: Series, ahead: int) -> float:
    """Return a level that goes back by half weekly to the median."""
    usual = float(median(past[-SEASON:]))
    return usual + (smoothed(0.5)(past, ahead) - usual) * 0.5**ahead


def returning_logs(past: Series, ahead: int) -> float:
    """Return the same of logarithms."""
    return expm1(returning([log1p(one) for one in past[-TAIL:]], ahead))


def seasonal_naive(past: Series, ahead: int) -> float:
    """Return the week a year before, else the last week.

    >>> seasonal_naive([3, 5], 2)
    5
    """
    return past[-SEASON + (ahead - 1) % SEASON] if len(past) >= SEASON else past[-1]


def level_and_season(past: Series, ahead: int) -> float:
    """Return the level, moved by half of last year's season, in roots."""
    roots = [sqrt(one) for one in past[-TAIL:]]
    level = smoothed(0.2)(roots, ahead)
    if len(past) >= SEASON + 8:
        then = roots[-SEASON + ahead - 3 : -SEASON + ahead + 2] if SEASON - ahead > 2 else roots[-8:]
        level = max(0.0, level + 0.5 * (fmean(then) - fmean(roots[-SEASON:])))
    return level**2


MODELS: dict[str, Model] = {
    "smoothed roots 0.1": smoothed_roots(0.1),
    "smoothed roots 0.3": smoothed_roots(0.3),
    "smoothed logarithms 0.3": smoothed_logs(0.3),
    "median of 8 weeks": median_of(8),
    "median of 13 weeks": median_of(13),
    "median of 26 weeks": median_of(26),
    "trimmed mean of 26 weeks": trimmed_mean,
    "level that returns": returning,
    "level that returns, logarithms": returning_logs,
    "level and season": level_and_season,
    "last year": seasonal_naive,
}
