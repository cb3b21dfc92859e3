"""The place tagger: marks the words of a post that name a street, a square, a neighbourhood, a building or a stop."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats, Tag, softmax
from nlp.encoder import Batch
from nlp.stretches import read_stretches
from nlp.weights import Weights


def tag_places(weights: Weights, texts: Sequence[str], batch: Batch) -> list[tuple[Tag, ...]]:
    """For each text of the batch, the stretches that name a place, from left to right."""
    probable = tag_probabilities(weights.tensors, batch.states)
    found = []
    for text, offsets, row in zip(texts, batch.offsets, probable, strict=True):
        raw = read_stretches(text, offsets, row[: len(offsets)])
        found.append(tuple(Tag(start, end, calibrate(weights, score)) for start, end, score in raw))
    return found


def tag_probabilities(tagger: dict[str, NDArray[np.float32]], states: Floats) -> Floats:
    """How probable each tag is for each token: [..., tokens, tags]."""
    hidden = np.maximum(states @ tagger["places.hidden.weight"] + tagger["places.hidden.bias"], 0)
    return softmax(hidden @ tagger["places.weight"] + tagger["places.bias"])


def calibrate(weights: Weights, score: float) -> float:
    """The probability that a stretch with this raw score is a place."""
    fitted = weights.manifest.places
    clear = min(max(score, 1e-6), 1 - 1e-6)
    return float(1 / (1 + np.exp(-(fitted.scale * np.log(clear / (1 - clear)) + fitted.shift[0]))))
