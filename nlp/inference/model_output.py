"""Define the model's output for a batch, the input of every question."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Tag:
    """Hold a span `text[start:end]` that may name a place, and its probability."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class ModelOutput:
    """Hold the model's output for a batch; row i is post i."""

    embedding: Floats
    """[posts, 384], unit length: texts about the same thing are near each other."""
    logits: dict[str, Floats]
    """By head, [posts, labels], calibrated: their softmax is a probability. The order of labels: `labels`."""
    labels: dict[str, tuple[str, ...]]
    """By head, what each column of its logits means."""
    tags: tuple[tuple[Tag, ...], ...]
    """By post, the spans that may name a place, left to right."""
    truncated: NDArray[np.bool_]
    """[posts]: the text was longer than the model reads."""
    model: str
    """`name@revision` of the model."""
    actionable_from: float = 0.5
    """Threshold of probability from which a post is actionable."""
    shared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Intermediate results of this batch that several questions share; dropped with the batch."""

    def __len__(self) -> int:
        return len(self.tags)

    def probabilities(self, head: str) -> Floats:
        """Return the probabilities of one head, [posts, labels]; rows sum to 1."""
        return softmax(self.logits[head])


def softmax(logits: Floats) -> Floats:
    """Return logits as probabilities along the last axis.

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)
