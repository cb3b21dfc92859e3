"""How good answers are, in numbers: share right, F1, whether a score means what it says, and how far chance may have moved a figure."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_output import Floats

BINS = 10
"""Of the calibration error: 0 to 0.1, 0.1 to 0.2 and so on."""
RESAMPLES = 1000
Columns = NDArray[np.int64]
"""The number of a label, one a post."""
Flags = NDArray[np.bool_]


class Interval(NamedTuple):
    """A measure and between what it lies 95 times of 100 when as many posts are drawn anew."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.2f}–{self.high:.2f})"


def bootstrap(measure: Callable[..., float], *columns: NDArray[Any], seed: int = 0) -> Interval:
    """The measure of the columns, with its 95 % interval over resampled rows; the same rows are drawn of every column.

    Raises:
        ValueError: no row, or columns of different lengths.
    """
    rows = {len(column) for column in columns}
    if len(rows) != 1 or rows == {0}:
        raise ValueError(f"columns of one length, not empty, are needed; got {[len(column) for column in columns]}")
    count, rng = len(columns[0]), np.random.default_rng(seed)
    draws = (rng.integers(0, count, count) for _ in range(RESAMPLES))
    found = [measure(*(column[drawn] for column in columns)) for drawn in draws]
    low, high = np.percentile(found, [2.5, 97.5])
    return Interval(measure(*columns), float(low), float(high))


def accuracy(said: Columns, right: Columns) -> float:
    """Share of right answers."""
    return float((said == right).mean())


def macro_f1(said: Columns, right: Columns) -> float:
    """The mean F1 over the labels that occur in `right`: a rare label counts as much as a common one."""
    return float(np.mean([f1(said == label, right == label) for label in np.unique(right)]))


def f1(said: Flags, right: Flags) -> float:
    """Harmonic mean of precision and recall of one yes-or-no answer; 0 when nothing is said and nothing is right."""
    return f1_of_counts(float((said & right).sum()), float(said.sum()), float(right.sum()))


def f1_of_counts(hits: float, said: float, right: float) -> float:
    """F1 from how many were said, how many are right, and how many are both."""
    return 2 * hits / max(said + right, 1.0)


def precision(said: Flags, right: Flags) -> float:
    """Of what was said, the share that is so; 0 when nothing was said."""
    return float((said & right).sum() / max(said.sum(), 1))


def recall(said: Flags, right: Flags) -> float:
    """Of what is so, the share that was said; 0 when nothing is so."""
    return float((said & right).sum() / max(right.sum(), 1))


def calibration_error(scores: Floats, hits: Flags) -> float:
    """Expected calibration error (ECE): the mean gap between score and share of hits, over ten bins of equal width.

    Args:
        scores: how sure each answer was, 0 to 1.
        hits: whether it was right; for a yes-or-no question scored by its yes: whether yes is right.
    """
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    surplus = np.bincount(bins, weights=scores - hits, minlength=BINS)
    return float(np.abs(surplus).sum() / max(len(scores), 1))
