"""The heads: what the one pass means for each question, and the vector that tells posts of one incident."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats
from nlp.grams import gram_logits
from nlp.weights import GRAMS, LABELS, VECTOR, Weights


def answer_heads(weights: Weights, pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Calibrated logits of every head, [posts, labels].

    Args:
        weights: the checked model.
        pooled: [posts, layers * width].
        texts: what was read of each post.
    """
    return {
        head: calibrate(weights, head, logits) for head, logits in raw_logits(weights.tensors, pooled, texts).items()
    }


def raw_logits(tensors: dict[str, NDArray[np.float32]], pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the logits of every head before calibration: what the encoder says, and what the rows of letters say.

    Args:
        tensors: the heads; the table of letters is missing while a new encoder is being trained.
        pooled: [posts, layers * width].
        texts: what was read of each post.
    """
    found = {head: apply(tensors, head, pooled) for head in LABELS}
    if GRAMS not in tensors:
        return found
    columns, start = gram_logits(texts, tensors[GRAMS]), 0
    for head, labels in LABELS.items():
        found[head] = np.asarray(found[head] + columns[:, start : start + len(labels)], np.float32)
        start += len(labels)
    return found


def make_vectors(weights: Weights, pooled: Floats) -> Floats:
    """[posts, width], unit length: texts that speak of the same thing lie near each other."""
    vectors = apply(weights.tensors, VECTOR, pooled)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def apply(tensors: dict[str, NDArray[np.float32]], name: str, pooled: Floats) -> Floats:
    """One layer over all posts. In double precision: how single numbers add up depends on a post's place in the batch."""
    weight, bias = tensors[f"{name}.weight"].astype(np.float64), tensors[f"{name}.bias"]
    return np.asarray(pooled.astype(np.float64) @ weight + bias, np.float32)


def calibrate(weights: Weights, head: str, logits: Floats) -> Floats:
    """Logits whose softmax is the share of times that they are right."""
    fitted = weights.manifest.heads[head]
    return np.asarray(logits * fitted.scale + np.array(fitted.shift), dtype=np.float32)
