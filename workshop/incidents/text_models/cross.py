"""Fit a scorer of two embeddings: what differs, and what both have.

One hidden layer over |a - b| and a * b, in the principal components of the embeddings.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
HIDDEN, EPOCHS, BATCH, RATE, DECAY = 32, 6, 512, 2e-3, 1e-3


@dataclass(frozen=True)
class Cross:
    """Hold a fitted scorer."""

    basis: Array
    spread: Array
    weights: tuple[Array, Array, Array, float]

    def __call__(self, one: Array, other: Array) -> Array:
        """Return the log-odds of pairs of embeddings."""
        return np.asarray(_forward(inputs(one, other, self.basis) / self.spread, self.weights)[1])


def inputs(one: Array, other: Array, basis: Array) -> Array:
    """Return the inputs of the scorer for pairs of embeddings."""
    a, b = one @ basis, other @ basis
    return np.concatenate([np.abs(a - b), a * b], axis=1).astype(np.float32)


def fit_cross(one: Array, other: Array, same: Array, weights: Array, basis: Array, seed: int) -> Cross:
    """Fit on these pairs."""
    random = np.random.default_rng(seed)
    x = inputs(one, other, basis)
    spread = x.std(axis=0) + 1e-6
    x /= spread
    weights = weights / weights.mean()
    values = [
        (random.standard_normal((x.shape[1], HIDDEN)) / np.sqrt(x.shape[1])).astype(np.float32),
        np.zeros(HIDDEN, np.float32), (random.standard_normal(HIDDEN) / np.sqrt(HIDDEN)).astype(np.float32),
        np.array(np.log(same.mean() / (1 - same.mean())), np.float32),
    ]  # fmt: skip
    first, second, step = [np.zeros_like(v) for v in values], [np.zeros_like(v) for v in values], 0
    for _ in range(EPOCHS):
        order = random.permutation(len(x))
        for start in range(0, len(x), BATCH):
            at, step = order[start : start + BATCH], step + 1
            part = x[at] * (random.random(x[at].shape) >= 0.1) / np.float32(0.9)
            active, logits = _forward(part, values)
            wrong = (1 / (1 + np.exp(-logits)) - same[at]) * weights[at] / len(at)
            by_hidden = wrong[:, None] * values[2] * (active > 0)
            slopes = [part.T @ by_hidden, by_hidden.sum(axis=0), active.T @ wrong, wrong.sum()]
            for k, slope in enumerate(slopes):
                first[k] = 0.9 * first[k] + 0.1 * slope
                second[k] = 0.999 * second[k] + 0.001 * slope * slope
                scaled = first[k] / (1 - 0.9**step) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
                values[k] = (values[k] - RATE * (scaled + DECAY * values[k])).astype(np.float32)
    return Cross(basis, spread, (values[0], values[1], values[2], float(values[3])))


def _forward(x: Array, values: Any) -> tuple[Array, Array]:
    active = np.maximum(x @ values[0] + values[1], 0)
    return active, active @ values[2] + values[3]
