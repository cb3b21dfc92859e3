"""Which words carried a label: each word is left out in turn, and what the reader is then less sure of hung on that word.

The weight of a word is how far the label's log-odds fall without it (1 is much: from 73 % to 50 %). A word that stands
several times is left out everywhere at once. Readings of the same post give the same weights, whatever was read before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from core.annotation import Annotation
from core.post import Post
from nlp.annotator import Annotator, sanitized
from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import probabilities
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import LABELS

VARIANTS = 48
"""A post is read so many times again at most; longer ones are explained by phrases of several words."""
READ_WORDS = 128
"""The model reads no more words than it reads tokens."""
SHOWN = 5
"""Words named for a label, the weightiest first."""
LEAST = 0.1
"""Log-odds; less is noise of the missing word rather than its meaning."""
NEVER_SURE = 1e-6
"""Keeps the log-odds of a chance of 0 or 1 finite."""
_QUIET = r"\s.,;:()\"«»“”‘’'…–—/|*\-"
_LOUD = "¿?¡!"
_PICTURES = "\u2190-\u2bff\U0001f000-\U0001faff\U000e0020-\U000e007f"
_OF_WORDS = f"[^{_QUIET}{_LOUD}{_PICTURES}]"
_WORD = re.compile(
    rf"\[(?:number|email)\]|[{_LOUD}]+|[{_PICTURES}][{_PICTURES}\ufe0f\u200d]*|"
    rf"{_OF_WORDS}(?:{_OF_WORDS}|['’\-](?=\w)|(?<=\d)[.,:](?=\d))*"
)
"""Words as people see them; pictures, question and exclamation marks carry meaning too, other punctuation does not."""
Stretch = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A word or phrase of the text, as it stands there, and everywhere it stands."""

    words: str
    places: tuple[Stretch, ...]


def explain(annotator: Annotator, post: Post, reading: Annotation) -> dict[str, list[tuple[str, float]]]:
    """For each label of the model: the words it hung on, exact substrings of the text, with their weights.

    Costs as many readings as the post has words, `VARIANTS` at most (a text longer than the model reads: 8 more).
    """
    heard = sanitized(post).text
    text = _part_read(annotator.one_pass, heard) if reading.truncated else heard
    pieces = split(text)
    variants = [post.model_copy(update={"text": each}) for each in (text, *(without(text, piece) for piece in pieces))]
    encoded = annotator.one_pass.read([variant.text for variant in variants])
    found = {}
    for question, names in LABELS.items():
        options = cast(ExternalModel, annotator.options[question])  # every head may be another model's
        probable, _ = probabilities(question, options, variants, encoded)
        column = names.index(str(reading.value(question)).lower())
        found[question] = _heaviest(pieces, _log_odds(probable[:, column]))
    return found


def split(text: str) -> list[Piece]:
    """The pieces that are left out, in the order in which they stand: words, or phrases where there are too many words."""
    stretches = [match.span() for match in _WORD.finditer(text)]
    together: dict[str, list[Stretch]] = {}
    for start, end in stretches:
        together.setdefault(text[start:end].casefold(), []).append((start, end))
    if len(together) <= VARIANTS:
        return [Piece(text[places[0][0] : places[0][1]], tuple(places)) for places in together.values()]
    size = -(-len(stretches) // VARIANTS)
    phrases = [stretches[at : at + size] for at in range(0, len(stretches), size)]
    spans = [(phrase[0][0], phrase[-1][1]) for phrase in phrases]
    return [Piece(text[start:end], ((start, end),)) for start, end in spans]


def without(text: str, piece: Piece) -> str:
    """The text with this piece left out wherever it stands."""
    kept, at = [], 0
    for start, end in piece.places:
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _part_read(one_pass: InferenceModel, text: str) -> str:
    """The longest beginning, in whole words, that the model reads to its end: what comes after carried nothing.

    Of a first word that is too long by itself, as many letters as are read.
    """
    words = [match.end() for match in _WORD.finditer(text)][:READ_WORDS]
    return _longest_read(one_pass, text, words) or _longest_read(one_pass, text, range(1, MAX_CHARACTERS + 1))


def _longest_read(one_pass: InferenceModel, text: str, ends: Sequence[int]) -> str:
    """The longest of these beginnings that is read to its end; empty if none is."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if one_pass.read([text[: ends[middle - 1]]]).truncated[0]:
            high = middle - 1
        else:
            low = middle
    return text[: ends[low - 1]] if low else ""


def _log_odds(probable: NDArray[np.float32]) -> NDArray[np.float64]:
    clear = np.clip(probable.astype(np.float64), NEVER_SURE, 1 - NEVER_SURE)
    return np.asarray(np.log(clear / (1 - clear)))


def _heaviest(pieces: Sequence[Piece], odds: NDArray[np.float64]) -> list[tuple[str, float]]:
    """The pieces without which the odds fall most; `odds` holds the whole text first."""
    drops = [round(float(odds[0] - each), 2) for each in odds[1:]]
    carried = [(piece.words, drop) for piece, drop in zip(pieces, drops, strict=True) if drop >= LEAST]
    return sorted(carried, key=_weight, reverse=True)[:SHOWN]


def _weight(word: tuple[str, float]) -> float:
    return word[1]
