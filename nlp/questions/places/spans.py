"""Join the place tagger's token scores into words and spans."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.config.word_lists import locale_words
from nlp.inference.model_files import TAGS
from nlp.inference.model_output import Floats

OUTSIDE, BEGIN, INSIDE = range(len(TAGS))
HALF = 0.5
TRIM = " \t\r\n.,;:!?¡¿\"'()[]{}«»“”‘’…–—-/"
"""Characters that never begin or end a place's name."""
_WORDS = locale_words("name_boundaries")
LINKS = frozenset(_WORDS["links"].split())
"""Words inside a name (`paseo de la Castellana`); `y` too, but more often between two names."""
NEVER_LAST = LINKS | frozenset(_WORDS["never_last"].split())
NEVER_FIRST = frozenset(_WORDS["never_first"].split())
MOST_LINKS = 2


@dataclass(frozen=True)
class Word:
    """Hold one word with its position and its tag probabilities."""

    start: int
    end: int
    text: str
    inside: float
    begins: bool


def extract_spans(text: str, offsets: Sequence[tuple[int, int]], probable: Floats) -> list[tuple[int, int, float]]:
    """Return start, end and raw score of each span of whole words.

    Args:
        text: the post.
        offsets: the characters of each token.
        probable: [tokens, tags].
    """
    if probable[:, OUTSIDE].min(initial=1.0) >= HALF:  # most posts name no place
        return []
    pieces = probable.tolist()
    words = [combine_pieces(text, start, end, [pieces[row] for row in rows]) for start, end, rows in group_pieces(text, offsets)]
    found = []
    for group in group_words(words):
        bare = strip_links(group)
        if bare:
            start, end = trim(text, bare[0].start, bare[-1].end)
            score = float(np.exp(np.mean([np.log(word.inside) for word in bare if word.inside > HALF])))
            found.append((start, end, score))
    return [(start, end, score) for start, end, score in found if end - start >= 2]


def combine_pieces(text: str, start: int, end: int, pieces: Sequence[Sequence[float]]) -> Word:
    """Combine the tags of a word's pieces."""
    outside = [piece[OUTSIDE] for piece in pieces]
    begins = pieces[0][BEGIN] > pieces[0][INSIDE]
    return Word(start, end, text[start:end].casefold(), 1.0 - _mean(outside), begins)


def _mean(outside: list[float]) -> float:
    """Return the mean in 32 bits, as when the thresholds were chosen.

    The last bit matters only for words that may be inside a name.
    """
    if len(outside) == 1:
        return outside[0]
    if min(outside) >= HALF:
        return sum(outside) / len(outside)
    return float(np.array(outside, np.float32).mean())


def group_words(words: Sequence[Word]) -> list[list[Word]]:
    """Group words into names, across one or two link words."""
    groups: list[list[Word]] = []
    gap: list[Word] | None = None
    """Link words since the last word of the open group; None when no group is open."""
    for word in words:
        if word.inside > HALF:
            if gap is not None and (not word.begins or gap or groups[-1][-1].text in LINKS):
                groups[-1].extend([*gap, word])
            else:
                groups.append([word])
            gap = []
        elif gap is not None and word.text in LINKS and len(gap) < MOST_LINKS:
            gap.append(word)
        else:
            gap = None
    return groups


def strip_links(group: Sequence[Word]) -> Sequence[Word]:
    """Strip words that never begin or end a name."""
    first, last = 0, len(group)
    while first < last and (group[first].text in NEVER_FIRST or not group[first].text.strip(TRIM)):
        first += 1
    while last > first and (group[last - 1].text in NEVER_LAST or not group[last - 1].text.strip(TRIM)):
        last -= 1
    kept = group[first:last]
    return kept if any(word.inside > HALF for word in kept) else []


def group_pieces(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int, list[int]]]:
    """Return start, end and token rows of each word.

    Pieces that touch and join letters or digits are one word.
    """
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
    """Tell whether the piece at `start` continues the word ending at `end`."""
    return start < end or (text[end - 1].isalnum() and text[start].isalnum())


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Strip spaces and punctuation from the ends of a span.

    >>> trim("(Goya),", 0, 7)
    (1, 5)
    """
    while start < end and text[start] in TRIM:
        start += 1
    while end > start and text[end - 1] in TRIM:
        end -= 1
    return start, end
