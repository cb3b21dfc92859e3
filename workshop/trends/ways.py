"""Compute weekly forecasts in ways that were not taken over.

Each chooses by its past errors as Escucha does, where it has something to choose.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from statistics import fmean, median

from trends.forecast import Pool, forecast, seasonal_naive
from trends.forecast.models import Model, median_of, smoothed, smoothed_roots

AHEAD = 4
JUDGED = 52
Way = Callable[[Sequence[float], Pool], tuple[list[float], None]]


def mean_of(weeks: int) -> Model:
    """Return the mean of the last weeks."""
    return lambda past, _ahead: fmean(past[-weeks:])


def level_and_ratio(past: Sequence[float], ahead: int) -> float:
    """Return the level, times the root of last year's change."""
    level = fmean(past[-8:])
    if len(past) < 60 or fmean(past[-60:-52]) <= 0:
        return level
    change = (fmean(past[-54 + ahead : -51 + ahead]) + 1) / (fmean(past[-60:-52]) + 1)
    return level * sqrt(min(3.0, max(1 / 3, change)))


def chance_and_size(alpha: float) -> Model:
    """Return the method of Teunter, Syntetos and Babai (TSB) for rare counts."""

    def model(past: Sequence[float], _ahead: int) -> float:
        chance, size = fmean(float(one > 0) for one in past[:8]), next((one for one in past if one), 0.0)
        for one in past:
            chance += alpha * ((one > 0) - chance)
            size += alpha * (one - size) if one else 0.0
        return chance * size

    return model


def croston(past: Sequence[float], _ahead: int) -> float:
    """Return Croston's method with the correction of Syntetos and Boylan."""
    size, gap, since = 0.0, 0.0, 1
    for one in past:
        if not one:
            since += 1
            continue
        size, gap, since = (size + 0.1 * (one - size), gap + 0.1 * (since - gap), 1) if gap else (one, since, 1)
    return 0.95 * size / gap if gap else 0.0


def aggregated(weeks: int) -> Model:
    """Return smoothing of sums of several weeks (ADIDA)."""
    plain = smoothed(0.2)

    def model(past: Sequence[float], ahead: int) -> float:
        blocks = len(past) // weeks
        start = len(past) - blocks * weeks
        sums = [sum(past[start + n * weeks : start + (n + 1) * weeks]) for n in range(blocks)] or [sum(past)]
        return plain(sums, ahead) / weeks

    return model


def capped(model: Model) -> Model:
    """Return a method that sees weeks of an event capped."""

    def found(past: Sequence[float], ahead: int) -> float:
        kept = list(past[:8])
        for n in range(8, len(past)):
            year = past[max(0, n - 52) : n]
            middle = median(year)
            spread = max(1.4826 * median(abs(one - middle) for one in year), sqrt(middle), 1.0)
            kept.append(min(past[n], middle + 3 * spread))
        return model(kept, ahead)

    return found


def best(models: Sequence[Model], combined: int = 3) -> Way:
    """Return the mean of the methods with the smallest past errors."""

    def way(past: Sequence[float], _pool: Pool) -> tuple[list[float], None]:
        judged = range(max(4, len(past) - JUDGED), len(past))
        errors = [fmean(abs(model(past[: max(1, n - 1)], 2) - past[n]) for n in judged) for model in models]
        chosen = [models[n] for n in sorted(range(len(models)), key=lambda n: (errors[n], n))[:combined]]
        return [max(0.0, fmean(model(past, ahead) for model in chosen)) for ahead in range(1, AHEAD + 1)], None

    return way


def plain(past: Sequence[float], _pool: Pool) -> tuple[list[float], None]:
    """Return the plain methods of Escucha, without the other services."""
    found = forecast(past, AHEAD)
    assert found is not None  # noqa: S101  only weeks with enough data are judged
    return [one.mean for one in found.points], None


def shrunk(past: Sequence[float], pool: Pool) -> tuple[list[float], None]:
    """Return the same, drawn by a third to last year."""
    return [2 / 3 * one + seasonal_naive(past, n) / 3 for n, one in enumerate(plain(past, pool)[0], 1)], None


def share(past: Sequence[float], pool: Pool) -> tuple[list[float], None]:
    """Return the share of the city's forecast alone (top-down)."""
    return [pool.share(past, ahead, 0) or 0.0 for ahead in range(1, AHEAD + 1)], None


def learned(past: Sequence[float], pool: Pool) -> tuple[list[float], None]:
    """Return the regression over all services alone.

    Before it knows enough, the median of 26 weeks."""
    usual = float(median(past[-26:]))
    made = [pool.forecast(past, ahead, 0) for ahead in range(1, AHEAD + 1)]
    return [usual if one is None else one for one in made], None


WAYS: dict[str, Way] = {
    "the former eleven methods, best 3": best(
        [
            smoothed(0.2), smoothed(0.1), smoothed_roots(0.1), smoothed_roots(0.3), mean_of(4), mean_of(12), median_of(8), median_of(13),
            median_of(26), level_and_ratio, seasonal_naive,
        ]
    ),
    "models of rare counts (TSB, Croston, ADIDA), best 3": best(
        [chance_and_size(0.1), chance_and_size(0.2), croston, aggregated(2), aggregated(3), aggregated(4)]
    ),
    "events capped: smoothing and means, best 3": best([capped(smoothed(0.2)), capped(mean_of(4)), capped(mean_of(12))]),
    "median of 26 weeks": best([median_of(26)]),
    "plain methods alone": plain,
    "plain methods, a third of last year": shrunk,
    "share of the city alone": share,
    "regression over all services alone": learned,
}  # fmt: skip
