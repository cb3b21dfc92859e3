"""Hash character n-grams of a text into rows of a weight table.

Words that name a thing (a lamp, a drain, an escalator) decide short posts, and a misspelt word shares most of its n-grams with the
right one.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LENGTHS = (3, 4, 5, 6)
"""Characters of an n-gram; words have a space on both sides, so that an n-gram may be a whole short word or span two."""
TABLE = 1 << 17
"""Rows of the weight table; n-grams may collide."""
_MULTIPLIER, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)

Rows = NDArray[np.int64]


def gram_rows(text: str) -> Rows:
    """Return the table rows of a text's n-grams, unique and sorted."""
    letters = np.frombuffer(normalised(text).encode("utf-32-le"), np.uint32)
    count = len(letters)
    padded = np.zeros(count + max(LENGTHS), np.uint64)
    padded[:count] = letters
    hashes = np.repeat(np.array(LENGTHS, np.uint64)[:, None], count, axis=1)  # a row for each length
    for at in range(max(LENGTHS)):
        longer = hashes[sum(length <= at for length in LENGTHS) :]
        longer ^= padded[at : at + count]
        longer *= _MULTIPLIER
        longer ^= longer >> _SHIFT
    whole = [row[: max(0, count - length + 1)] for length, row in zip(LENGTHS, hashes, strict=True)]
    found = (np.concatenate(whole) % np.uint64(TABLE)).astype(np.int64)
    found.sort()
    return found[np.diff(found, prepend=-1) > 0]


def normalised(text: str) -> str:
    """Return lower case without accents, with single spaces between and around words.

    >>> normalised("¿Hay LUZ, aquí?")
    ' hay luz aqui? '
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return f" {' '.join(''.join(c if c.isalnum() or c in '?!' else ' ' for c in bare).split())} "


def gram_logits(texts: Sequence[str], weight: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the summed weights of each text's n-grams, [texts, columns].

    The sum is divided by the root of their number.
    """
    found = np.zeros((len(texts), weight.shape[1]))
    for at, text in enumerate(texts):
        rows = gram_rows(text)
        if len(rows):
            found[at] = weight[rows].sum(axis=0, dtype=np.float64) / np.sqrt(len(rows))
    return found
