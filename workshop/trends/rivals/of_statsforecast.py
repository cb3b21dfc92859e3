"""Score by the distance from the upper bound of statsforecast's intervals."""

from typing import Any

from workshop.trends.rivals.detector import DAY, WEEK, distance, tail

HISTORY = 8 * WEEK
WEEKS = 6
"""Weeks of the seasonal mean; those before calibrate its interval."""
LEVEL, OF_LEVEL = 80, 1.2816
"""Interval that is asked for, and its half width in standard deviations: the tuning weeks choose the level."""


def season() -> Any:
    """Return the mean of the hour of the week, with an interval."""
    from statsforecast.models import SeasonalWindowAverage
    from statsforecast.utils import ConformalIntervals

    return SeasonalWindowAverage(
        season_length=WEEK, window_size=WEEKS, prediction_intervals=ConformalIntervals(n_windows=7, h=DAY)
    )


class Interval:
    """Compute each day's forecast from the full days before it."""

    def __init__(self, *, by_tail: bool = False) -> None:
        """Take whether Escucha's tail judges."""
        self.by_tail = by_tail
        self.known: list[float] = []
        self.fitted_at, self.overall, self.means, self.spreads = -1, 0.0, [0.0], [0.0]

    def learn(self, count: float) -> None:
        """Take an hour."""
        self.known.append(count)

    def score(self, count: float) -> float:
        """Return how far a count is above the forecast of this hour."""
        hour = len(self.known)
        begin = hour - hour % DAY
        if begin < HISTORY:
            return 0.0
        if begin != self.fitted_at:
            self._fit(begin)
        mean, spread = max(0.0, self.means[hour - begin]), self.spreads[hour - begin]
        if count <= mean:
            return 0.0
        if not self.by_tail:
            return distance(count, mean, spread)
        # Few weeks of a rare subject are mostly 0: its mean is drawn to that of all its hours, as by one week.
        return tail(count, (WEEKS * mean + self.overall) / (WEEKS + 1), spread)

    def _fit(self, begin: int) -> None:
        import numpy as np

        past = np.array(self.known[begin - HISTORY : begin], dtype=float)
        found = season().forecast(y=past, h=DAY, level=[LEVEL])
        self.fitted_at, self.overall, self.means = begin, float(past.mean()), [float(one) for one in found["mean"]]
        upper = [float(one) for one in found[f"hi-{LEVEL}"]]
        self.spreads = [max(0.0, high - mean) / OF_LEVEL for high, mean in zip(upper, self.means, strict=True)]
