"""Tag the tokens of the labelled places in a text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.questions.places.spans import BEGIN, INSIDE, OUTSIDE, group_pieces


def tag_tokens(text: str, places: Sequence[str], offsets: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Tag every token of every occurrence of a place.

    Returns one tag per token; -1 (ignored by the loss) for the special tokens at both ends.
    """
    spans = [stretch for place in places for stretch in find_occurrences(text, place)]
    tags = np.full(len(offsets), -1, np.int64)
    for start, end, rows in group_pieces(text, offsets):
        inside = [stretch for stretch in spans if start < stretch[1] and end > stretch[0]]
        begins = any(start <= stretch[0] < end for stretch in inside)
        tags[rows] = BEGIN if begins else INSIDE if inside else OUTSIDE
    return tags


def find_occurrences(text: str, place: str) -> list[tuple[int, int]]:
    """Find every occurrence of a name outside longer words.

    >>> find_occurrences("Sol y Solana, Sol", "Sol")
    [(0, 3), (14, 17)]
    """
    found, at = [], text.find(place)
    while place and at >= 0:
        end = at + len(place)
        whole = not (at and text[at - 1].isalnum() and place[0].isalnum())
        if whole and not (end < len(text) and text[end].isalnum() and place[-1].isalnum()):
            found.append((at, end))
        at = text.find(place, at + 1)
    return found


def true_spans(text: str, places: Sequence[str]) -> set[tuple[int, int]]:
    """Return the spans of the labelled places: the first occurrence of each."""
    return {stretch for place in places for stretch in find_occurrences(text, place)[:1]}
