"""What one pass of the language model gives for a batch of posts: every question reads its answer from here."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Tag:
    """A stretch of a text that seems to name a place: `text[start:end]`, and how probable that is."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class ModelOutput:
    """The encoder's one pass over a batch; row i belongs to post i."""

    embedding: Floats
    """[posts, 384], unit length: texts that speak of the same thing lie near each other."""
    logits: dict[str, Floats]
    """By head, [posts, labels], calibrated: their softmax is a probability. The order of labels: `labels`."""
    labels: dict[str, tuple[str, ...]]
    """By head, what each column of its logits means."""
    tags: tuple[tuple[Tag, ...], ...]
    """By post, the stretches that name a place, from left to right."""
    truncated: NDArray[np.bool_]
    """[posts]: the text was longer than the model reads."""
    model: str
    """`name@revision` of the model that read."""
    actionable_from: float = 0.5
    """From this probability on a post counts as actionable."""
    shared: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What one question worked out of this batch and another needs too: it is dropped with the batch."""

    def __len__(self) -> int:
        return len(self.tags)

    def probabilities(self, head: str) -> Floats:
        """[posts, labels] of one head, each row adding up to one."""
        return softmax(self.logits[head])


def softmax(logits: Floats) -> Floats:
    """Logits as probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)
