"""Calibrate scores (temperature and bias, by maximum likelihood) on held-out posts.

Calibrated means: of the labels given with score 0.8, eight in ten are right.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.inference.model_output import Floats, softmax

BIASED_HEADS = ("actionable",)
"""Heads with a bias per label: class weights raised the scores of rare labels, calibration lowers them again."""


def fit_calibration(logits: Floats, right: NDArray[np.int64], shift: bool, counts: Floats | None = None) -> tuple[float, tuple[float, ...]]:
    """Fit scale and shift to logits of held-out posts, by maximum likelihood.

    Args:
        logits: [posts, labels].
        right: the column of the right label.
        shift: fit a bias for each label too; else one temperature for all, which never changes the predicted label.
        counts: weight of each post; None: all the same.
    """
    x, rows, labels = logits.astype(np.float64), np.arange(len(right)), logits.shape[1]
    share = np.ones(len(right)) if counts is None else counts.astype(np.float64)
    share = share / share.sum()

    def loss(values: Any) -> tuple[float, Any]:
        moved = x * values[0] + (values[1:] if shift else 0)
        logged = moved - moved.max(axis=1, keepdims=True)
        logged -= np.log(np.exp(logged).sum(axis=1, keepdims=True))
        slope = np.exp(logged)
        slope[rows, right] -= 1
        slope *= share[:, None]
        slopes = [np.array([(slope * x).sum()]), *([slope.sum(axis=0)] if shift else [])]
        return float(-(share * logged[rows, right]).sum()), np.concatenate(slopes)

    start = np.concatenate([[1.0], np.zeros(labels if shift else 0)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200, "ftol": 1e-12}).x
    moves = found[1:] if shift else np.zeros(labels)
    return float(found[0]), tuple(round(float(move), 5) for move in moves)


def apply_calibration(logits: Floats, scale: float, shift: tuple[float, ...]) -> Floats:
    """Return probabilities from logits with a fitted scale and shift."""
    return softmax(np.asarray(logits * scale + np.array(shift, np.float32), np.float32))
