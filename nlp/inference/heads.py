"""The heads: what the one pass means for each question, and the vector that tells posts of one incident."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import LABELS, VECTOR, Weights
from nlp.inference.model_output import Floats
from nlp.inference.short_posts import add_corrections


def answer_heads(weights: Weights, pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Calibrated logits of every head, [posts, labels].

    Args:
        weights: the checked model.
        pooled: [posts, layers * width].
        texts: what was read of each post.
    """
    raw = raw_logits(weights.tensors, pooled, texts)
    return {head: calibrate(weights, head, logits) for head, logits in raw.items()}


def raw_logits(tensors: dict[str, NDArray[np.float32]], pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the logits of every head before calibration, corrected where the model has corrections.

    Args:
        tensors: heads and tagger.
        pooled: [posts, layers * width].
        texts: what was read of each post.
    """
    doubles = pooled.astype(np.float64)
    found = {head: doubles @ tensors[f"{head}.weight"].astype(np.float64) + tensors[f"{head}.bias"] for head in LABELS}
    corrected = add_corrections(tensors, found, doubles, texts)
    return {head: np.asarray(logits, np.float32) for head, logits in corrected.items()}


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
