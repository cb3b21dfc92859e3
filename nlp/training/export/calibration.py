"""Makes scores honest: of the answers given with 0.8, eight in ten should be right. Fitted on answers to unseen posts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.inference.model_output import Floats, softmax

SHIFTED = ("actionable",)
"""Heads whose labels are also moved: rare labels were made to count more, and their score must not keep that."""


def fit_calibration(
    logits: Floats, right: NDArray[np.int64], shift: bool, counts: Floats | None = None
) -> tuple[float, tuple[float, ...]]:
    """Scale and shift for logits that were given to unseen posts, by greatest likelihood.

    Args:
        logits: [posts, labels].
        right: the column of the right answer.
        shift: also move each label; else one temperature for all, which never changes an answer.
        counts: how much each post counts; None: all the same.
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


def apply(logits: Floats, scale: float, shift: tuple[float, ...]) -> Floats:
    """Probabilities from logits with a fitted scale and shift."""
    return softmax(np.asarray(logits * scale + np.array(shift, np.float32), np.float32))
