"""The heads: small networks on top of the one pass that say sentiment, intent, topic, and whether a service could act."""

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats, softmax
from nlp.weights import LABELS, Weights

ROWS = 64
"""Posts are answered in blocks of this many, the last one filled up: a matrix of another height may round otherwise."""
TINY = np.float32(1e-9)
"""Keeps the logarithm of a probability finite."""


def answer_heads(weights: Weights, pooled: Floats) -> dict[str, Floats]:
    """Calibrated logits of every head, [posts, labels].

    Several networks, trained from different beginnings, vote: their logarithms of probability are averaged.

    Args:
        weights: the checked model.
        pooled: [posts, layers * width].
    """
    count = len(pooled)
    filled = np.zeros((-(-count // ROWS) * ROWS, pooled.shape[1]), np.float32)
    filled[:count] = pooled
    blocks = [answer_block(weights, filled[start : start + ROWS]) for start in range(0, len(filled), ROWS)]
    return {head: np.concatenate([block[head] for block in blocks])[:count] for head in LABELS}


def answer_block(weights: Weights, pooled: Floats) -> dict[str, Floats]:
    """The same for one block of exactly `ROWS` posts."""
    return {head: calibrate(weights, head, logits) for head, logits in answer_raw(weights.tensors, pooled).items()}


def answer_raw(tensors: dict[str, NDArray[np.float32]], pooled: Floats) -> dict[str, Floats]:
    """What the votes say before calibration: mean logarithms of probability."""
    votes = tensors["trunk.weight"].shape[0]
    found: dict[str, Floats] = {}
    for vote in range(votes):
        hidden = np.maximum(pooled @ tensors["trunk.weight"][vote] + tensors["trunk.bias"][vote], 0)
        for head in LABELS:
            logits = hidden @ tensors[f"{head}.weight"][vote] + tensors[f"{head}.bias"][vote]
            found[head] = found.get(head, 0) + np.log(softmax(logits) + TINY) / votes
    return found


def calibrate(weights: Weights, head: str, logits: Floats) -> Floats:
    """Logits whose softmax is the share of times that they are right."""
    fitted = weights.manifest.heads[head]
    return np.asarray(logits * fitted.scale + np.array(fitted.shift), dtype=np.float32)
