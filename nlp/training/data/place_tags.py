"""Where the labelled places stand in a text: the tag that each token should get."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.questions.places.spans import BEGIN, INSIDE, OUTSIDE, words_of


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


def right_stretches(text: str, places: Sequence[str]) -> set[tuple[int, int]]:
    """Where the labelled places stand: the first occurrence of each."""
    return {stretch for place in places for stretch in find_all(text, place)[:1]}
