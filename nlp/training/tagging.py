"""What the encoder makes of the training texts: read through the very encoder that ships, eight bits and all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats
from nlp.encoder import Encoder
from nlp.stretches import words_of
from nlp.training.dataset import Example
from nlp.weights import TAGS

OUTSIDE, BEGIN, INSIDE = range(len(TAGS))


@dataclass(frozen=True)
class Features:
    """One row a text; token states only for the texts whose places are known."""

    pooled: Floats
    states: dict[int, NDArray[np.float16]]
    """By row, [tokens, layers * width]."""
    offsets: dict[int, list[tuple[int, int]]]


def read_features(encoder: Encoder, examples: Sequence[Example]) -> Features:
    """Run the encoder over all examples."""
    pooled: Floats = np.zeros((len(examples), 0), np.float32)
    states: dict[int, NDArray[np.float16]] = {}
    offsets: dict[int, list[tuple[int, int]]] = {}
    for batch in encoder.encode([example.text for example in examples]):
        flat = batch.pooled.reshape(len(batch.rows), -1)
        if not pooled.shape[1]:
            pooled = np.zeros((len(examples), flat.shape[1]), np.float32)
        pooled[batch.rows] = flat
        for at, row in enumerate(batch.rows):
            if examples[row].places is not None:
                length = len(batch.offsets[at])
                states[row] = batch.states[at, :length].astype(np.float16)
                offsets[row] = batch.offsets[at]
    return Features(pooled, states, offsets)


def tag_tokens(text: str, places: Sequence[str], offsets: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """The right tag of each token: every word of every occurrence of a place; -1 for the two ends of the text."""
    stretches = [stretch for place in places for stretch in find_all(text, place)]
    tags = np.full(len(offsets), -1, np.int64)
    for start, end, rows in words_of(text, offsets):
        inside = [stretch for stretch in stretches if start < stretch[1] and end > stretch[0]]
        begins = any(start <= stretch[0] < end for stretch in inside)
        tags[rows] = BEGIN if begins else INSIDE if inside else OUTSIDE
    return tags


def find_all(text: str, place: str) -> list[tuple[int, int]]:
    """Every occurrence of the exact words in the text that does not lie within a longer word."""
    found, at = [], text.find(place)
    while place and at >= 0:
        end = at + len(place)
        whole = not (at and text[at - 1].isalnum() and place[0].isalnum())
        if whole and not (end < len(text) and text[end].isalnum() and place[-1].isalnum()):
            found.append((at, end))
        at = text.find(place, at + 1)
    return found
