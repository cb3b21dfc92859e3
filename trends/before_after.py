"""Compare the counts of two periods as a ratio of rates.

Method: the ratio of the two daily rates; its 95 % interval on the logarithm, with the variance of Poisson counts times the dispersion
of the daily counts (quasi-Poisson: Pearson's chi-square over its degrees of freedom, at least 1) and the quantile of Student's t. Days
of a city vary more than chance alone: without the dispersion the interval would be too short.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_COUNT = 10
"""Records that each period needs."""
LEAST_DAYS = 7
"""Days that the period before needs: every day of the week."""
T_95 = (
    12.71,
    4.30,
    3.18,
    2.78,
    2.57,
    2.45,
    2.36,
    2.31,
    2.26,
    2.23,
    2.20,
    2.18,
    2.16,
    2.14,
    2.13,
    2.12,
    2.11,
    2.10,
    2.09,
    2.09,
    2.08,
    2.07,
    2.07,
    2.06,
    2.06,
    2.06,
    2.05,
    2.05,
    2.05,
    2.04,
)
"""Quantile 0.975 of Student's t with 1, 2 ... 30 degrees of freedom."""
NORMAL_95 = 1.96


@dataclass(frozen=True)
class RateRatio:
    """Hold a ratio of daily rates and its 95 % interval."""

    ratio: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Return whether the interval excludes no change."""
        return self.low > 1 or self.high < 1


def rate_ratio(before: Sequence[int], after: Sequence[int]) -> RateRatio | None:
    """Return the ratio of the daily rate after to that before.

    None: there is not enough data (`LEAST_COUNT`, `LEAST_DAYS`).

    >>> found = rate_ratio([10] * 28, [20] * 7)
    >>> found.ratio, round(found.low, 2), round(found.high, 2)
    (2.0, 1.63, 2.45)

    Args:
        before: count of each day before.
        after: count of each day after.
    """
    some, more = sum(before), sum(after)
    if some < LEAST_COUNT or more < LEAST_COUNT or len(before) < LEAST_DAYS:
        return None
    ratio = (more / len(after)) / (some / len(before))
    freedom = len(before) + len(after) - 2
    spread = dispersion(before, after)
    quantile = T_95[freedom - 1] if freedom <= len(T_95) else NORMAL_95
    width = math.exp(quantile * math.sqrt(spread * (1 / some + 1 / more)))
    return RateRatio(ratio, ratio / width, ratio * width)


def dispersion(*periods: Sequence[int]) -> float:
    """Return how much more days vary than Poisson counts, at least 1.

    >>> dispersion([0, 10, 0, 10], [5, 5])
    5.0
    """
    total = 0.0
    for days in periods:
        mean = sum(days) / len(days)
        total += sum((one - mean) ** 2 for one in days) / mean if mean else 0.0
    freedom = sum(map(len, periods)) - len(periods)
    return max(1.0, total / freedom) if freedom else 1.0
