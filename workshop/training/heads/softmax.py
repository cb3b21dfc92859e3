"""Fit a linear softmax layer by L-BFGS; deterministic."""

from typing import Any

import numpy as np
from scipy.optimize import minimize

from nlp.inference.model_output import Floats


def fit_softmax(x: Any, start: Floats, shares: Floats, ridge: float, steps: int) -> tuple[Floats, Floats]:
    """Fit weights and bias added to initial logits by ridge regression.

    Args:
        x: [texts, features], dense or sparse, in single precision.
        start: [texts, labels] or [1, labels], the initial logits.
        shares: [texts, labels], the probability of each label times the weight of the text.
        ridge: L2 penalty of the weights; the bias has none.
        steps: iterations of L-BFGS at most.
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

    found = minimize(loss, np.zeros((features + 1) * labels), jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 6})
    flat = found.x.astype(np.float32)
    return flat[: features * labels].reshape(features, labels), flat[features * labels :]


def smoothed_targets(columns: Any, labels: int, counts: Floats, smooth: float, balance: float) -> Floats:
    """Return smoothed targets [texts, labels], with rare labels weighted up.

    Args:
        columns: the column of each text's label.
        labels: number of labels.
        counts: weight of each text.
        smooth: share of the target spread over all labels.
        balance: class weights are the label's count to the power of minus this.
    """
    shares = np.full((len(columns), labels), smooth / labels, np.float32)
    shares[np.arange(len(columns)), columns] += 1 - smooth
    number = np.maximum((shares * counts[:, None]).sum(axis=0), 1)
    rarity = number**-balance
    rarity *= number.sum() / (rarity * number).sum()
    return np.asarray(shares * rarity * counts[:, None], np.float32)
