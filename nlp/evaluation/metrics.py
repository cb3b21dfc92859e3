"""Compute metrics: accuracy, F1, calibration error, and bootstrap intervals."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_output import Floats

BINS = 10
"""Bins of the calibration error: 0 to 0.1, 0.1 to 0.2 and so on."""
RESAMPLES = 1000
Columns = NDArray[np.int64]
"""Label numbers, one per post."""
Flags = NDArray[np.bool_]


class CurvePoint(NamedTuple):
    """Hold precision and recall of one threshold.

    Scores equal to the threshold are positive.
    """

    threshold: float
    precision: float
    recall: float


class MetricInterval(NamedTuple):
    """Hold a metric with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.2f}–{self.high:.2f})"


def bootstrap(measure: Callable[..., float], *columns: NDArray[Any], seed: int = 0) -> MetricInterval:
    """Compute a metric of the columns with its 95 % bootstrap interval.

    The same rows are resampled in every column.

    Raises:
        ValueError: no row, or columns of different lengths.
    """
    rows = {len(column) for column in columns}
    if len(rows) != 1 or rows == {0}:
        raise ValueError(f"columns must be of one length and not empty; lengths: {[len(column) for column in columns]}")
    count, rng = len(columns[0]), np.random.default_rng(seed)
    draws = (rng.integers(0, count, count) for _ in range(RESAMPLES))
    found = [measure(*(column[drawn] for column in columns)) for drawn in draws]
    low, high = np.percentile(found, [2.5, 97.5])
    return MetricInterval(measure(*columns), float(low), float(high))


def accuracy(predicted: Columns, right: Columns) -> float:
    """Return the share of right predictions.

    >>> accuracy(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]))
    0.75
    """
    return float((predicted == right).mean())


def macro_f1(predicted: Columns, right: Columns) -> float:
    """Return the mean F1 over the labels that occur in `right`.

    A rare label counts as much as a common one.

    >>> round(macro_f1(np.array([0, 0, 1]), np.array([0, 1, 1])), 3)
    0.667
    """
    return float(np.mean([f1(predicted == label, right == label) for label in np.unique(right)]))


def f1(predicted: Flags, right: Flags) -> float:
    """Return F1 of a binary prediction; 0 without positives on both sides.

    >>> round(f1(np.array([True, True, False]), np.array([True, False, False])), 3)
    0.667
    """
    return f1_of_counts(float((predicted & right).sum()), float(predicted.sum()), float(right.sum()))


def f1_of_counts(hits: float, predicted: float, right: float) -> float:
    """Return F1 from the counts of true positives, predictions and positives."""
    return 2 * hits / max(predicted + right, 1.0)


def precision(predicted: Flags, right: Flags) -> float:
    """Return the share of predicted positives that are right; 0 without predictions."""
    return float((predicted & right).sum() / max(predicted.sum(), 1))


def recall(predicted: Flags, right: Flags) -> float:
    """Return the share of positives that are predicted; 0 without positives."""
    return float((predicted & right).sum() / max(right.sum(), 1))


def curve(score: Floats, truth: Flags) -> list[CurvePoint]:
    """Return one point per distinct score, the highest first."""
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if truth.any() else np.array([], np.int64)
    hits = np.cumsum(truth[order])[ends]
    found = zip(falling[ends], hits / (ends + 1), hits / max(truth.sum(), 1), strict=True)
    return [CurvePoint(*map(float, values)) for values in found]


def recall_at(score: Floats, truth: Flags, precision: float) -> float:
    """Return the highest recall of a threshold with this precision or more.

    >>> recall_at(np.array([0.9, 0.8, 0.7]), np.array([True, False, True]), 0.6)
    1.0
    """
    return max((point.recall for point in curve(score, truth) if point.precision >= precision), default=0.0)


def average_precision(score: Floats, truth: Flags) -> float:
    """Return the average precision.

    The mean precision at each true text, in falling order of score.

    Equal scores keep the order of the texts. 0 without a true text.
    """
    ranked = truth[np.argsort(-score, kind="stable")]
    places = np.flatnonzero(ranked) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places)) if len(places) else 0.0


def calibration_error(scores: Floats, hits: Flags) -> float:
    """Return the expected calibration error (ECE).

    It is the mean gap between score and accuracy, over ten bins of equal width.

    Args:
        scores: score of each prediction, 0 to 1.
        hits: whether it was right; for a yes-or-no question scored by its yes: whether yes is right.
    """
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    surplus = np.bincount(bins, weights=scores - hits, minlength=BINS)
    return float(np.abs(surplus).sum() / max(len(scores), 1))
