"""Define the input of a method, and the score of a count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

from trends.chance import surprise

DAY, WEEK = 24, 168
"""Hours."""
LEAST_SPREAD = 0.3
"""Standard deviation given to a subject that is never mentioned."""
LEAST_MEAN = 0.001


class Detector(Protocol):
    """Judge the counts of one subject, which come in order of time."""

    def learn(self, count: float) -> None:
        """Take the count of the window after one more hour."""

    def score(self, count: float) -> float:
        """Score how unusual the window that ends now is."""


@dataclass(frozen=True)
class Make:
    """Describe how a method is made, and its windows in hours."""

    detector: Callable[[], Detector]
    windows: Sequence[int] = (1, 3, 6)
    """The tuning weeks choose one."""


def distance(count: float, mean: float, spread: float) -> float:
    """Return how many standard deviations a count is above its mean.

    The spread is at least that of a Poisson count: no method has to report two people where none were expected."""
    return (count - mean) / max(spread, sqrt(max(0.0, mean)), LEAST_SPREAD)


def tail(count: float, mean: float, spread: float) -> float:
    """Return -log10 of the probability of a count, as Escucha does."""
    mean = max(mean, LEAST_MEAN)
    over = spread**2 - mean
    return surprise(round(count), mean, max(0.05, min(1e4, mean**2 / over)) if over > 0 else 1e4)
