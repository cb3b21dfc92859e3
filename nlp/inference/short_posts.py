"""Correct the logits of the heads for short posts.

The encoder and its heads were trained mostly on comments and proposals of a participation platform. A correction, learned from short
posts, uses the same pooled states and character n-grams. It is weighted by how unlike a platform's text the post is, so that comments
and proposals keep their labels; that of sentiment also by how unlike a tweet about anything it is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import CORRECTED, GRAMS, LABELS, PLATFORM, SHORT, TWEETS, TWEETS_UNCORRECTED
from nlp.text.ngrams import gram_logits

Doubles = NDArray[np.float64]
UNSURE, SURE = 0.85, 0.95
"""Probabilities of a post to a city between which the correction of sentiment rises: below, real tweets would lose by it."""


def add_corrections(
    tensors: dict[str, NDArray[Any]], logits: dict[str, Doubles], pooled: Doubles, texts: Sequence[str]
) -> dict[str, Doubles]:
    """Return the logits of all heads, those of `CORRECTED` with their correction.

    Args:
        tensors: the model's; without corrections (as `make train` writes it) the logits are returned unchanged.
        logits: by head, [posts, labels].
        pooled: [posts, layers * width].
        texts: the part of each post that was encoded.
    """
    if GRAMS not in tensors:
        return logits
    short = 1 - class_share(tensors, PLATFORM, pooled)[:, None]
    about_a_city = ramp(1 - class_share(tensors, TWEETS, pooled)[:, None])
    grams, found, start = gram_logits(texts, tensors[GRAMS]), dict(logits), 0
    for head in CORRECTED:
        end = start + len(LABELS[head])
        weight, bias = (tensors[f"{SHORT}.{head}.{part}"].astype(np.float64) for part in ("weight", "bias"))
        strength = short * about_a_city if head in TWEETS_UNCORRECTED else short
        found[head] = logits[head] + strength * (pooled @ weight + bias + grams[:, start:end])
        start = end
    return found


def ramp(share: Doubles) -> Doubles:
    """Return 0 up to `UNSURE` and 1 from `SURE` on.

    Between them it rises linearly.

    >>> ramp(np.array([0.5, 0.9, 1.0])).round(2).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.clip((share - UNSURE) / (SURE - UNSURE), 0.0, 1.0)


def class_share(tensors: dict[str, NDArray[Any]], name: str, pooled: Doubles) -> Doubles:
    """Return the probability that a text is of this class, [posts].

    Args:
        tensors: the model's.
        name: `PLATFORM` (a text of a participation platform) or `TWEETS` (a tweet about anything).
        pooled: [posts, layers * width].
    """
    weight, bias = (tensors[f"{name}.{part}"].astype(np.float64) for part in ("weight", "bias"))
    return np.asarray(1 / (1 + np.exp(-np.clip(pooled @ weight + bias, -60, 60)))[:, 0])
