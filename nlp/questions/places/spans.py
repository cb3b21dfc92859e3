"""From tokens to words to names: joins what the place tagger says of pieces into the stretches of a text that name a place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.inference.model_files import TAGS
from nlp.inference.model_output import Floats

OUTSIDE, BEGIN, INSIDE = range(len(TAGS))
HALF = 0.5
TRIM = " \t\r\n.,;:!?¡¿\"'()[]{}«»“”‘’…–—-/"
"""Never the first or last character of a place's name."""
LINKS = frozenset("de del la las los el d l do da dos das".split())
"""Stand inside a name (`paseo de la Castellana`); `y` does too, but more often between two names."""
NEVER_LAST = LINKS | frozenset("y e i con en a al por hasta desde entre o u que está esquina and the of".split())
NEVER_FIRST = frozenset("de del en con y e a al por desde hasta entre of".split())
MOST_LINKS = 2


@dataclass(frozen=True)
class Word:
    """One word: where it stands, and how probably it belongs to a place and begins one."""

    start: int
    end: int
    text: str
    inside: float
    begins: bool


def read_stretches(text: str, offsets: Sequence[tuple[int, int]], probable: Floats) -> list[tuple[int, int, float]]:
    """Start, end and raw score of each stretch: whole words that belong together.

    Args:
        text: the post.
        offsets: the characters of each token.
        probable: [tokens, tags].
    """
    if probable[:, OUTSIDE].min(initial=1.0) >= HALF:  # most posts name no place: spare them the walk
        return []
    pieces = probable.tolist()
    words = [read_word(text, start, end, [pieces[row] for row in rows]) for start, end, rows in words_of(text, offsets)]
    found = []
    for group in group_words(words):
        bare = strip_links(group)
        if bare:
            start, end = trim(text, bare[0].start, bare[-1].end)
            score = float(np.exp(np.mean([np.log(word.inside) for word in bare if word.inside > HALF])))
            found.append((start, end, score))
    return [(start, end, score) for start, end, score in found if end - start >= 2]


def read_word(text: str, start: int, end: int, pieces: Sequence[Sequence[float]]) -> Word:
    """One word from the tags of its pieces."""
    outside = [piece[OUTSIDE] for piece in pieces]
    begins = pieces[0][BEGIN] > pieces[0][INSIDE]
    return Word(start, end, text[start:end].casefold(), 1.0 - _mean(outside), begins)


def _mean(outside: list[float]) -> float:
    """The mean in 32 bits, as the thresholds were chosen; only of words that may be inside is the last bit looked at."""
    if len(outside) == 1:
        return outside[0]
    if min(outside) >= HALF:
        return sum(outside) / len(outside)
    return float(np.array(outside, np.float32).mean())


def group_words(words: Sequence[Word]) -> list[list[Word]]:
    """Words that form one name: it goes on over a link or two when the word behind them goes on too."""
    groups: list[list[Word]] = []
    gap: list[Word] | None = None
    """Links since the last word of the open group; None when no group is open."""
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
    """The words without those that never begin or end a name."""
    first, last = 0, len(group)
    while first < last and (group[first].text in NEVER_FIRST or not group[first].text.strip(TRIM)):
        first += 1
    while last > first and (group[last - 1].text in NEVER_LAST or not group[last - 1].text.strip(TRIM)):
        last -= 1
    kept = group[first:last]
    return kept if any(word.inside > HALF for word in kept) else []


def words_of(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int, list[int]]]:
    """Start, end and token rows of each word: pieces that touch and join letters or digits are one word."""
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
