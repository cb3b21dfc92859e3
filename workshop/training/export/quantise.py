"""Choose the encoder's eight-bit scales from real posts, minimising rounding error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
POWERS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""How much of a large column is moved from the activation into the weights: none ... all (SmoothQuant's alpha)."""
CLIPS = (1.0, 0.8, 0.6)
"""Share of the observed range that is kept; the rest saturates."""


@dataclass(frozen=True)
class Activations:
    """Hold activations of one matrix product: sampled rows and column extremes."""

    rows: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Scale:
    """Describe how an activation is quantised.

    It is divided by `columns`, then by `step`, then `zero` is added.
    """

    columns: Floats
    step: np.float32
    zero: np.uint8
    error: float
    """Squared rounding error on the calibration rows, relative to the squared product."""


def quantise_weights(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Quantise a matrix [inputs, outputs] to -127..127, with one step per output.

    >>> codes, steps = quantise_weights(np.array([[1.27], [-0.5]], np.float32))
    >>> codes.ravel().tolist(), round(float(steps[0]), 4)
    ([127, -50], 0.01)
    """
    steps = (np.abs(weights).max(axis=0) / 127).astype(np.float32)
    return np.clip(np.round(weights / steps), -127, 127).astype(np.int8), steps


def choose_scale(activations: Activations, weights: Floats) -> Scale:
    """Choose the scale with the least error over all powers and clips."""
    input_range = np.maximum(np.abs(activations.low), np.abs(activations.high)) + 1e-6
    weight_range = np.abs(weights).max(axis=1) + 1e-9
    exact = activations.rows @ weights
    energy = float((exact**2).sum())
    found = []
    for power in POWERS:
        columns = (input_range**power / weight_range ** (1 - power)).astype(np.float32) if power else np.ones_like(input_range)
        columns = (columns / np.exp(np.log(columns).mean())).astype(np.float32)
        whole, steps = quantise_weights(weights * columns[:, None])
        rounded = whole * steps
        scaled = activations.rows / columns
        low, high = (min(float((activations.low / columns).min()), 0.0), max(float((activations.high / columns).max()), 0.0))
        for clip in CLIPS:
            step = np.float32((high - low) * clip / 255)
            zero = np.uint8(round(-low * clip / float(step)))
            codes = np.clip(np.round(scaled / step) + zero, 0, 255)
            error = float((((codes - zero) * step @ rounded - exact) ** 2).sum()) / energy
            found.append(Scale(columns, step, zero, error))
    return min(found, key=lambda scale: scale.error)
