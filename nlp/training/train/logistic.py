"""Logistic regression with a ridge, by Newton's method: the few weights of the rules are learned with it."""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
_STEPS = 30


def fit(table: Table, truth: Table, ridge: float) -> Table:
    """The weight of each column; the last, of ones, is not held back by the ridge."""
    weights = np.zeros(table.shape[1])
    held = np.full(table.shape[1], ridge)
    held[-1] = 1e-6
    for _ in range(_STEPS):
        shares = share(table, weights)
        slope = table.T @ (truth - shares) - held * weights
        curve = (table * (shares * (1 - shares))[:, None]).T @ table + np.diag(held)
        weights += np.linalg.solve(curve, slope)
    return weights


def share(table: Table, weights: Table) -> Table:
    """0..1 for each row."""
    odds: Table = np.clip(table @ weights, -30, 30)
    shares: Table = 1 / (1 + np.exp(-odds))
    return shares
