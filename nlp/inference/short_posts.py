"""Correct the logits of intent and topic for short posts.

The encoder and its heads were trained mostly on comments and proposals of a participation platform. A correction, learned from short
posts, reads the same pooled states and character n-grams. It is weighted by how unlike a platform's text the post is, so that comments
and proposals keep their labels.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import CORRECTED, GRAMS, LABELS, PLATFORM, SHORT
from nlp.text.ngrams import gram_logits

Doubles = NDArray[np.float64]


def add_corrections(
    tensors: dict[str, NDArray[Any]], logits: dict[str, Doubles], pooled: Doubles, texts: Sequence[str]
) -> dict[str, Doubles]:
    """Return the logits of all heads, those of `CORRECTED` with their correction.

    Args:
        tensors: the model's; without corrections (as `make train` writes it) the logits stay as they are.
        logits: by head, [posts, labels].
        pooled: [posts, layers * width].
        texts: what was read of each post.
    """
    if GRAMS not in tensors:
        return logits
    short = 1 - platform_share(tensors, pooled)[:, None]
    grams, found, start = gram_logits(texts, tensors[GRAMS]), dict(logits), 0
    for head in CORRECTED:
        end = start + len(LABELS[head])
        weight, bias = (tensors[f"{SHORT}.{head}.{part}"].astype(np.float64) for part in ("weight", "bias"))
        found[head] = logits[head] + short * (pooled @ weight + bias + grams[:, start:end])
        start = end
    return found


def platform_share(tensors: dict[str, NDArray[Any]], pooled: Doubles) -> Doubles:
    """Return [posts]: the probability that a text is from a participation platform."""
    weight, bias = (tensors[f"{PLATFORM}.{part}"].astype(np.float64) for part in ("weight", "bias"))
    return np.asarray(1 / (1 + np.exp(-np.clip(pooled @ weight + bias, -60, 60)))[:, 0])
