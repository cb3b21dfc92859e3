"""Score by the streaming detectors of river.

Each is driven as its documentation says; its threshold (`n_std`, `delta`) is what the tuning weeks choose, so the score is the highest
threshold at which it would still report.
"""

import copy
from math import log1p, sqrt

from workshop.trends.rivals.detector import DAY, WEEK, distance, tail

SMOOTHING, SLOPE = 0.05, 0.01
"""Weight of a new hour in level and season, and in the slope."""
NO_ZERO = 0.01
"""Least count of the first week: river 0.26 divides by its mean."""
DELTAS = tuple(10.0**-power for power in range(16, 0, -2))
"""Significance levels of ADWIN that are tried, the strictest first."""
LEAST_ERROR = 0.5
"""Spread of the squared errors of a subject that is never mentioned."""
LARGEST = 100
"""People in one window that the trees tell apart."""


class Gaussian:
    """Keep the mean and spread of the last four weeks (GaussianScorer)."""

    def __init__(self) -> None:
        """Begin without history."""
        from river import anomaly

        self.scorer = anomaly.GaussianScorer(window_size=4 * WEEK, grace_period=WEEK)

    def learn(self, count: float) -> None:
        """Take an hour."""
        self.scorer.learn_one(None, count)

    def score(self, count: float) -> float:
        """Return the distance from the mean.

        River's score is 2 |CDF - 0.5| of it.
        """
        normal = self.scorer.gaussian
        # The rolling variance of equal counts is a little below 0 at times, and river's `sigma` then a complex number.
        return distance(count, float(normal.mu), abs(normal.sigma))


class Predictive:
    """Compare with the forecast of Holt-Winters (PredictiveAnomalyDetection)."""

    def __init__(self, *, by_tail: bool = False) -> None:
        """Take whether the error is judged by Escucha's tail of counts."""
        from river import anomaly, time_series

        self.by_tail, self.hours = by_tail, 0
        self.forecaster = time_series.HoltWinters(alpha=SMOOTHING, beta=SLOPE, gamma=SMOOTHING, seasonality=WEEK)
        self.pad = anomaly.PredictiveAnomalyDetection(self.forecaster)

    def learn(self, count: float) -> None:
        """Take an hour: its error widens or narrows the threshold."""
        if self.hours > WEEK:
            self.pad.score_one(None, count)
        self.pad.learn_one(None, float(count if self.hours >= WEEK else max(NO_ZERO, count)))
        self.hours += 1

    def score(self, count: float) -> float:
        """Return the largest `n_std` with which the error is reported."""
        if self.hours <= 2 * WEEK:
            return 0.0
        mean = max(0.0, float(self.forecaster.forecast(1)[0]))
        error, usual = (count - mean) ** 2, float(self.pad.dynamic_mae.get())
        if count <= mean:
            return 0.0
        if self.by_tail:
            return tail(count, mean, sqrt(usual))
        return (error - usual) / max(LEAST_ERROR, sqrt(float(self.pad.dynamic_se_variance.get())))


class Trees:
    """Score counts and hours of the day by half-space trees."""

    def __init__(self) -> None:
        """Begin without history."""
        from river import anomaly

        self.trees = anomaly.HalfSpaceTrees(n_trees=25, height=6, window_size=WEEK, seed=1)
        self.hours, self.total = 0, 0.0

    def learn(self, count: float) -> None:
        """Take an hour."""
        self.trees.learn_one(self._features(count))
        self.hours += 1
        self.total += count

    def score(self, count: float) -> float:
        """Return the score of the trees; 0 below the mean."""
        return 0.0 if count * self.hours <= self.total else float(self.trees.score_one(self._features(count)))

    def _features(self, count: float) -> dict[str, float]:
        return {"count": min(1.0, log1p(count) / log1p(LARGEST)), "hour": (self.hours % DAY) / DAY}


class Adaptive:
    """Detect a change of the mean by adaptive windows (ADWIN)."""

    def __init__(self) -> None:
        """Begin one window for each significance level."""
        from river import drift

        self.windows = [drift.ADWIN(delta=delta, clock=1, min_window_length=1, grace_period=WEEK) for delta in DELTAS]

    def learn(self, count: float) -> None:
        """Take an hour."""
        for window in self.windows:
            window.update(count)

    def score(self, count: float) -> float:
        """Return -log10 of the strictest level that sees a rise."""
        for power, window in zip(range(2 * len(DELTAS), 0, -2), self.windows, strict=True):
            if count > window.estimation:
                tried = copy.deepcopy(window)
                tried.update(count)
                if tried.drift_detected:
                    return float(power)
        return 0.0
