"""Finds the eight-bit scales of the encoder from real posts, so that rounding changes as little as possible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
POWERS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""How much of a loud column moves from the activation into the weights: none ... all."""
CLIPS = (1.0, 0.8, 0.6)
"""How much of the range seen is kept; the rest saturates."""


@dataclass(frozen=True)
class Seen:
    """What flowed into one matrix product over the calibration posts: a sample of rows and each column's extremes."""

    rows: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Scale:
    """How one activation becomes eight bits: divided by `columns`, then by `step`, then moved by `zero`."""

    columns: Floats
    step: np.float32
    zero: np.uint8
    error: float
    """Share of the product's energy lost to rounding, on the calibration rows."""


def quantise_weights(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A matrix [inputs, outputs] as whole numbers of -127..127 and one step per output."""
    steps = (np.abs(weights).max(axis=0) / 127).astype(np.float32)
    return np.clip(np.round(weights / steps), -127, 127).astype(np.int8), steps


def choose_scale(seen: Seen, weights: Floats) -> Scale:
    """The scale that loses least, over all powers and clips."""
    loud = np.maximum(np.abs(seen.low), np.abs(seen.high)) + 1e-6
    heavy = np.abs(weights).max(axis=1) + 1e-9
    exact = seen.rows @ weights
    energy = float((exact**2).sum())
    found = []
    for power in POWERS:
        columns = (loud**power / heavy ** (1 - power)).astype(np.float32) if power else np.ones_like(loud)
        columns = (columns / np.exp(np.log(columns).mean())).astype(np.float32)
        whole, steps = quantise_weights(weights * columns[:, None])
        rounded = whole * steps
        even = seen.rows / columns
        low, high = min(float((seen.low / columns).min()), 0.0), max(float((seen.high / columns).max()), 0.0)
        for clip in CLIPS:
            step = np.float32((high - low) * clip / 255)
            zero = np.uint8(round(-low * clip / float(step)))
            codes = np.clip(np.round(even / step) + zero, 0, 255)
            error = float((((codes - zero) * step @ rounded - exact) ** 2).sum()) / energy
            found.append(Scale(columns, step, zero, error))
    return min(found, key=lambda scale: scale.error)
