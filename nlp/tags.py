"""The place tagger: marks the words of a post that name a street, a square, a neighbourhood, a building or a stop."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats, Tag, softmax
from nlp.encoder import Batch
from nlp.weights import TAGS, Weights

OUTSIDE, BEGIN, INSIDE = range(len(TAGS))
TRIM = " \t\r\n.,;:!?¡¿\"'()[]{}«»“”‘’…–—-"
"""Never the first or last character of a place's name."""


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


def read_stretches(text: str, offsets: Sequence[tuple[int, int]], probable: Floats) -> list[tuple[int, int, float]]:
    """Start, end and raw score of each stretch: a whole word begins it, and it runs while the words after it belong to it.

    Tokens are pieces; a stretch always covers whole words. The raw score is the geometric mean over the words.
    """
    stretches: list[tuple[int, int, list[float]]] = []
    is_open = False
    for start, end, tokens in words_of(text, offsets):
        first = probable[tokens[0]]
        inside = 1.0 - float(probable[tokens, OUTSIDE].mean())
        if inside <= 0.5:
            is_open = False
        elif not is_open or first[BEGIN] > first[INSIDE]:
            stretches.append((start, end, [inside]))
            is_open = True
        else:
            begun, _, scores = stretches[-1]
            stretches[-1] = (begun, end, [*scores, inside])
    trimmed = [(*trim(text, start, end), float(np.exp(np.log(scores).mean()))) for start, end, scores in stretches]
    return [(start, end, score) for start, end, score in trimmed if end - start >= 2]


def words_of(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int, list[int]]]:
    """Start, end and token rows of each word: tokens that touch and join letters or digits are one word."""
    words: list[tuple[int, int, list[int]]] = []
    for row, (start, end) in enumerate(offsets):
        if end <= start:
            continue
        if words and start <= words[-1][1] and joins(text, words[-1][1], start):
            begun, last, rows = words[-1]
            words[-1] = (begun, max(end, last), [*rows, row])
        else:
            words.append((start, end, [row]))
    return words


def joins(text: str, end: int, start: int) -> bool:
    """True when the piece that begins at `start` continues the word that ended at `end`."""
    return start < end or (text[end - 1].isalnum() and text[start].isalnum())


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without spaces and punctuation at its ends."""
    while start < end and text[start] in TRIM:
        start += 1
    while end > start and text[end - 1] in TRIM:
        end -= 1
    return start, end


def calibrate(weights: Weights, score: float) -> float:
    """The probability that a stretch with this raw score is a place."""
    fitted = weights.manifest.places
    clear = min(max(score, 1e-6), 1 - 1e-6)
    return float(1 / (1 + np.exp(-(fitted.scale * np.log(clear / (1 - clear)) + fitted.shift[0]))))
