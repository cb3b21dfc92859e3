"""Score by change points of ruptures, on the past alone."""

from collections import deque
from math import sqrt
from typing import Any

from workshop.trends.rivals.detector import DAY, WEEK

RECENT = 12
"""Hours within which the last change must lie."""
PENALTIES = tuple(0.3 * 1.25**step for step in range(26))
"""Penalties of a change point that are tried, on square roots of counts (whose variance is 1/4 whatever the mean)."""


class Pelt:
    """Find the last change of the mean by PELT (KernelCPD)."""

    def __init__(self, *, rhythm: bool = False) -> None:
        """Take whether the hour's usual value is subtracted first."""
        import ruptures

        self.search: Any = ruptures.KernelCPD(kernel="linear", min_size=1)
        self.rhythm, self.hours = rhythm, 0
        self.last: deque[float] = deque(maxlen=WEEK - 1)
        self.of_hour: list[deque[float]] = [deque(maxlen=28) for _ in range(DAY)]

    def learn(self, count: float) -> None:
        """Take an hour."""
        self.last.append(self._value(count))
        self.of_hour[self.hours % DAY].append(sqrt(count))
        self.hours += 1

    def _value(self, count: float) -> float:
        known = self.of_hour[self.hours % DAY] if self.rhythm else ()
        return sqrt(count) - (sum(known) / len(known) if known else 0.0)

    def score(self, count: float) -> float:
        """Return the largest penalty that still finds a recent rise."""
        import numpy as np

        value = self._value(count)
        if len(self.last) < WEEK - 1 or value <= sum(self.last) / len(self.last):
            return 0.0
        values = np.array([*self.last, value]).reshape(-1, 1)
        self.search.fit(values)
        low, high = 0, len(PENALTIES)
        while low < high:
            middle = (low + high) // 2
            if self._rises(values, PENALTIES[middle]):
                low = middle + 1
            else:
                high = middle
        return PENALTIES[low - 1] if low else 0.0

    def _rises(self, values: Any, penalty: float) -> bool:
        cuts = [0, *self.search.predict(pen=penalty)]
        if len(cuts) < 3 or len(values) - cuts[-2] > RECENT:
            return False
        return bool(values[cuts[-2] :].mean() > values[cuts[-3] : cuts[-2]].mean())
