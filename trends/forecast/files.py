"""Learn what files of days, such as weather, change of a forecast.

The errors that a forecast made are explained by how a week differs from the median of the eight before it. A file is used for a series
only where this would have lowered the errors of held-out weeks, each explained from the weeks before it alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from trends.forecast.models import Series

HELD_OUT = 52
"""Latest weeks that are held out, at most."""
LEAST_HELD = 12
"""Fewer held-out weeks choose nothing."""
LEAST_LEARNED = 20
"""Weeks from which an effect is learned."""
JUDGED_AHEAD = 2
"""Weeks ahead of the forecasts whose errors are explained and judged."""
LEAST_GAIN = 0.03
"""Share of the error by which a file must lower it."""
SURE = 2.0
"""Standard errors of the difference that it must exceed: of many series some would be helped by chance."""
BEFORE = 8
"""Weeks before, whose median a week is compared with: the level of a forecast knows their weather already."""
LEAST_HISTORY = BEFORE + LEAST_LEARNED + LEAST_HELD + JUDGED_AHEAD
"""Weeks that a file must cover, for anything to be learned and judged."""
PULL = 5.0
"""Weeks without an effect that the data are given."""
OUTLIER, STEPS = 2.0, 6
"""Robust standard deviations of what is left unexplained, beyond which a week counts less: an event is no effect of the weather."""
Vector = NDArray[np.float64]
Base = Callable[[int, int], float]
"""Takes a number of weeks known, and how many ahead; returns a forecast."""


@dataclass(frozen=True)
class Weekly:
    """Hold what a file says of each week."""

    name: str
    rows: tuple[tuple[float, ...] | None, ...]
    """One a week of the counts and then of each week ahead; None: the file does not cover it."""


class Effect:
    """Learn from the errors of a forecast what the files change."""

    def __init__(self, past: Series, base: Base, files: Sequence[Weekly], first: int) -> None:
        """Take counts, their forecast and files, with a row a week.

        `first`: number of the first week that was forecast.
        """
        self.names = tuple(one.name for one in files)
        joined = [_vector(rows) for rows in zip(*(one.rows for one in files), strict=True)]
        self._apart = [self._difference(joined, n) for n in range(len(joined))]
        self._learned: dict[int, tuple[Vector, Vector] | None] = {}
        self.weeks = [n for n in range(first + JUDGED_AHEAD - 1, len(past)) if self._apart[n] is not None]
        self._errors = {n: sqrt(past[n]) - sqrt(base(n - JUDGED_AHEAD + 1, JUDGED_AHEAD)) for n in self.weeks}

    @staticmethod
    def _difference(rows: Sequence[Vector | None], week: int) -> Vector | None:
        """Return how a week differs from those before; None: not all known."""
        row, before = rows[week], [one for one in rows[max(0, week - BEFORE) : week] if one is not None]
        return None if row is None or len(before) < BEFORE else row - np.median(before, axis=0)

    def shift(self, known: int, week: int) -> float | None:
        """Return what is added to the root of a forecast, or None.

        `known`: weeks whose counts are known.
        """
        apart = self._apart[week] if week < len(self._apart) else None
        if known not in self._learned:
            self._learned[known] = self._learn([n for n in self.weeks if n < known])
        learned = self._learned[known]
        return None if apart is None or learned is None else float(learned[0] @ (apart / learned[1]))

    def _learn(self, weeks: Sequence[int]) -> tuple[Vector, Vector] | None:
        """Return coefficients and scales, from the errors of these weeks."""
        if len(weeks) < LEAST_LEARNED:
            return None
        rows = np.array([self._apart[n] for n in weeks])
        errors = np.array([self._errors[n] for n in weeks])
        scales = np.sqrt(np.mean(rows**2, axis=0))
        scales[scales == 0] = np.inf  # what never changed has no effect
        return robust_ridge(rows / scales, errors), scales


def robust_ridge(rows: Vector, errors: Vector) -> Vector:
    """Return coefficients, drawn to zero; weeks that nothing explains count less."""
    weights: Vector = np.ones(len(errors))
    found: Vector = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        weighted = rows.T * weights
        found = np.asarray(np.linalg.solve(weighted @ rows + PULL * np.eye(rows.shape[1]), weighted @ errors))
        left = np.abs(errors - rows @ found)
        bound = max(OUTLIER * 1.4826 * float(np.median(left)), 1e-6)
        weights = np.asarray(bound / np.maximum(bound, left))
    return found


def _vector(rows: Sequence[tuple[float, ...] | None]) -> Vector | None:
    return None if any(one is None for one in rows) else np.array([value for one in rows if one for value in one])


def shifted(mean: float, shift: float | None) -> float:
    """Return a forecast moved on the scale of square roots.

    >>> shifted(4.0, 1.0), shifted(4.0, None), shifted(4.0, -3.0)
    (9.0, 4.0, 0.0)
    """
    return mean if shift is None else max(0.0, sqrt(mean) + shift) ** 2


def chosen(past: Series, base: Base, files: Sequence[Weekly], first: int) -> Effect | None:
    """Return the effect of the files that lower errors most, or None."""
    best: tuple[float, Effect] | None = None
    for size in range(1, len(files) + 1):
        for some in combinations(files, size):
            effect = Effect(past, base, some, first)
            error = held_out_error(past, base, effect)
            # of several files each must lower the error on its own account
            if error is not None and (best is None or error < best[0] * (1 - LEAST_GAIN * (size > len(best[1].names)))):
                best = error, effect
    return None if best is None else best[1]


def held_out_error(past: Series, base: Base, effect: Effect) -> float | None:
    """Return the error with the files as a share of that without.

    None: they do not help, or too few weeks tell."""
    held = [n for n in effect.weeks if effect.shift(n - JUDGED_AHEAD + 1, n) is not None][-HELD_OUT:]
    if len(held) < LEAST_HELD:
        return None
    without, gains = [], []
    for n in held:
        known = n - JUDGED_AHEAD + 1
        mean = base(known, JUDGED_AHEAD)
        without.append(abs(past[n] - mean))
        gains.append(without[-1] - abs(past[n] - shifted(mean, effect.shift(known, n))))
    gain = fmean(gains)
    if not sum(without) or gain < LEAST_GAIN * fmean(without) or gain <= SURE * stdev(gains) / sqrt(len(gains)):
        return None
    return 1 - gain / fmean(without)
