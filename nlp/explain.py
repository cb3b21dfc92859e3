"""Explain a label by occlusion: leave out each word in turn.

The weight of a word is how far the label's log-odds fall without it (1 is much: from 73 % to 50 %). A word that occurs
several times is left out everywhere at once. The same post always gets the same weights, whatever was annotated before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from core.records.annotation import Annotation
from core.records.post import Post
from nlp.annotator import Annotator, sanitized
from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import probabilities
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import LABELS
from nlp.inference.tokenizer import MAX_TOKENS
from nlp.inference.windows import windows_read

MAX_VARIANTS = 48
"""Maximum number of variants of a post; longer posts are explained by phrases of several words."""
MAX_SHOWN = 5
"""Words returned for a label, heaviest first."""
MIN_WEIGHT = 0.1
"""Log-odds; a smaller weight is noise."""
EPSILON = 1e-6
"""Keeps the log-odds of a probability of 0 or 1 finite."""
_PUNCTUATION = r"\s.,;:()\"«»“”‘’'…–—/|*\-"
_MARKS = "¿?¡!"
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff\U000e0020-\U000e007f"
_LETTERS = f"[^{_PUNCTUATION}{_MARKS}{_EMOJI}]"
_WORD = re.compile(
    rf"\[(?:number|email)\]|[{_MARKS}]+|[{_EMOJI}][{_EMOJI}\ufe0f\u200d]*|"
    rf"{_LETTERS}(?:{_LETTERS}|['’\-](?=\w)|(?<=\d)[.,:](?=\d))*"
)
"""Words as people see them; emoji, question and exclamation marks carry meaning too, other punctuation does not."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Occurrences:
    """Hold a word or phrase of the text and all its occurrences."""

    text: str
    places: tuple[Span, ...]


def explain(annotator: Annotator, post: Post, reading: Annotation) -> dict[str, list[tuple[str, float]]]:
    """Return the words that carried each label, with their weights.

    The words are exact substrings of the text. Costs one inference per word, `MAX_VARIANTS` at most (8 more for a truncated text).
    """
    whole, most = sanitized(post), windows_read(sanitized(post))
    text = _part_read(annotator.inference, whole.text, most) if reading.truncated else whole.text
    pieces = split(text)
    variants = [post.model_copy(update={"text": each}) for each in (text, *(without(text, piece) for piece in pieces))]
    encoded = annotator.inference.read([variant.text for variant in variants], [most] * len(variants))
    found = {}
    for question, names in LABELS.items():
        options = cast(ExternalModel, annotator.options[question])  # every head may be an external model
        probable, _ = probabilities(question, options, variants, encoded)
        column = names.index(str(reading.value(question)).lower())
        found[question] = _heaviest(pieces, _log_odds(probable[:, column]))
    return found


def split(text: str) -> list[Occurrences]:
    """Split a text into pieces to leave out, in order of occurrence.

    Pieces are words, or phrases of several words where the text has more than `MAX_VARIANTS` of them.

    >>> [piece.text for piece in split("Hay un bache, ¡otro bache!")]
    ['Hay', 'un', 'bache', '¡', 'otro', '!']
    """
    stretches = [match.span() for match in _WORD.finditer(text)]
    together: dict[str, list[Span]] = {}
    for start, end in stretches:
        together.setdefault(text[start:end].casefold(), []).append((start, end))
    if len(together) <= MAX_VARIANTS:
        return [Occurrences(text[places[0][0] : places[0][1]], tuple(places)) for places in together.values()]
    size = -(-len(stretches) // MAX_VARIANTS)
    phrases = [stretches[at : at + size] for at in range(0, len(stretches), size)]
    spans = [(phrase[0][0], phrase[-1][1]) for phrase in phrases]
    return [Occurrences(text[start:end], ((start, end),)) for start, end in spans]


def without(text: str, piece: Occurrences) -> str:
    """Return the text without any occurrence of the piece."""
    kept, at = [], 0
    for start, end in piece.places:
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _part_read(inference: InferenceModel, text: str, most: int) -> str:
    """Return the longest prefix in whole words that the model reads untruncated.

    What follows it carried nothing. Where the first word is too long, as many characters of it as are read.
    """
    words = [match.end() for match in _WORD.finditer(text)][: most * MAX_TOKENS]  # a word has a token at least
    found = _longest_read(inference, text, words, most)
    return found or _longest_read(inference, text, range(1, MAX_CHARACTERS + 1), most)


def _longest_read(inference: InferenceModel, text: str, ends: Sequence[int], most: int) -> str:
    """Return the longest of these prefixes that is not truncated, or ''."""
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if inference.read([text[: ends[middle - 1]]], [most]).truncated[0]:
            high = middle - 1
        else:
            low = middle
    return text[: ends[low - 1]] if low else ""


def _log_odds(probable: NDArray[np.float32]) -> NDArray[np.float64]:
    clear = np.clip(probable.astype(np.float64), EPSILON, 1 - EPSILON)
    return np.asarray(np.log(clear / (1 - clear)))


def _heaviest(pieces: Sequence[Occurrences], odds: NDArray[np.float64]) -> list[tuple[str, float]]:
    """Return the pieces without which the odds fall most, heaviest first.

    The first of `odds` is that of the whole text.
    """
    drops = [round(float(odds[0] - each), 2) for each in odds[1:]]
    carried = [(piece.text, drop) for piece, drop in zip(pieces, drops, strict=True) if drop >= MIN_WEIGHT]
    return sorted(carried, key=_weight, reverse=True)[:MAX_SHOWN]


def _weight(word: tuple[str, float]) -> float:
    return word[1]
