"""Fit a linear softmax layer by L-BFGS; deterministic."""

from typing import Any

import numpy as np
from scipy.optimize import minimize

from nlp.inference.model_output import Floats


def fit_softmax(x: Any, start: Floats, shares: Floats, ridge: float, steps: int) -> tuple[Floats, Floats]:
    """Return weights and bias to be added to the logits `start`, by softmax regression with a ridge (L-BFGS).

    Args:
        x: [texts, features], dense or sparse, in single precision.
        start: [texts, labels] or [1, labels], the logits to begin with.
        shares: [texts, labels], how much each answer is right, times how much the text counts.
        ridge: holds the weights back.
        steps: iterations at most.
    """
    features, labels = x.shape[1], shares.shape[1]
    turned = x.T.tocsr() if hasattr(x, "tocsr") else x.T
    total = shares.sum(axis=1, keepdims=True)

    def loss(flat: Any) -> tuple[float, Any]:
        flat = flat.astype(np.float32)
        weights, bias = flat[: features * labels].reshape(features, labels), flat[features * labels :]
        logits = start + x @ weights + bias
        top = logits.max(axis=1, keepdims=True)
        odds = np.exp(logits - top)
        whole = odds.sum(axis=1, keepdims=True)
        slope = odds / whole * total - shares
        value = -(shares * (logits - top - np.log(whole))).sum() + ridge / 2 * (weights * weights).sum()
        slopes = np.concatenate([(turned @ slope + ridge * weights).ravel(), slope.sum(axis=0)])
        return float(value), slopes.astype(np.float64)

    found = minimize(
        loss, np.zeros((features + 1) * labels), jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 6}
    )
    flat = found.x.astype(np.float32)
    return flat[: features * labels].reshape(features, labels), flat[features * labels :]


def shares_of(columns: Any, labels: int, counts: Floats, smooth: float, balance: float) -> Floats:
    """Return [texts, labels]: the right answers, a little spread over the others, rare labels counting more.

    Args:
        columns: of each text, the column of its answer.
        labels: how many there are.
        counts: how much each text counts.
        smooth: the part of an answer that is spread.
        balance: a label counts by its number to the power of minus this.
    """
    shares = np.full((len(columns), labels), smooth / labels, np.float32)
    shares[np.arange(len(columns)), columns] += 1 - smooth
    number = np.maximum((shares * counts[:, None]).sum(axis=0), 1)
    rarity = number**-balance
    rarity *= number.sum() / (rarity * number).sum()
    return np.asarray(shares * rarity * counts[:, None], np.float32)
