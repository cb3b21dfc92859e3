"""Apply the question heads and the incident vector to the encoder's output."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import LABELS, VECTOR, Weights
from nlp.inference.model_output import Floats
from nlp.inference.short_posts import add_corrections


def head_logits(weights: Weights, pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the calibrated logits of every head, [posts, labels].

    Args:
        weights: the checked model.
        pooled: [posts, layers * width].
        texts: the part of each post that was encoded.
    """
    raw = raw_logits(weights.tensors, pooled, texts)
    return {head: calibrate(weights, head, logits) for head, logits in raw.items()}


def raw_logits(tensors: dict[str, NDArray[np.float32]], pooled: Floats, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the logits of every head before calibration.

    They include the corrections for short posts where the model has them.

    Args:
        tensors: heads and tagger.
        pooled: [posts, layers * width].
        texts: the part of each post that was encoded.
    """
    doubles = pooled.astype(np.float64)
    found = {head: doubles @ tensors[f"{head}.weight"].astype(np.float64) + tensors[f"{head}.bias"] for head in LABELS}
    corrected = add_corrections(tensors, found, doubles, texts)
    return {head: np.asarray(logits, np.float32) for head, logits in corrected.items()}


def make_vectors(weights: Weights, pooled: Floats) -> Floats:
    """Return unit vectors, [posts, width], that are near for related texts."""
    vectors = apply(weights.tensors, VECTOR, pooled)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def apply(tensors: dict[str, NDArray[np.float32]], name: str, pooled: Floats) -> Floats:
    """Apply one linear layer to all posts.

    In double precision: how single-precision numbers add up depends on a post's row in the batch.
    """
    weight, bias = tensors[f"{name}.weight"].astype(np.float64), tensors[f"{name}.bias"]
    return np.asarray(pooled.astype(np.float64) @ weight + bias, np.float32)


def calibrate(weights: Weights, head: str, logits: Floats) -> Floats:
    """Scale and shift logits with the head's calibration.

    Their softmax is then the share of correct labels.
    """
    fitted = weights.manifest.heads[head]
    return np.asarray(logits * fitted.scale + np.array(fitted.shift), dtype=np.float32)
