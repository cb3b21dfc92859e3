"""Fit ridge logistic regression by Newton's method."""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
_STEPS = 30


def fit(table: Table, truth: Table, ridge: float) -> Table:
    """Return the weight of each column.

    The last column, of ones, has no ridge penalty.
    """
    weights = np.zeros(table.shape[1])
    held = np.full(table.shape[1], ridge)
    held[-1] = 1e-6
    for _ in range(_STEPS):
        shares = predict_probability(table, weights)
        slope = table.T @ (truth - shares) - held * weights
        curve = (table * (shares * (1 - shares))[:, None]).T @ table + np.diag(held)
        weights += np.linalg.solve(curve, slope)
    return weights


def predict_probability(table: Table, weights: Table) -> Table:
    """Return the probability of each row, 0..1.

    >>> predict_probability(np.array([[0.0, 1.0]]), np.array([2.0, 0.0])).tolist()
    [0.5]
    """
    odds: Table = np.clip(table @ weights, -30, 30)
    shares: Table = 1 / (1 + np.exp(-odds))
    return shares
