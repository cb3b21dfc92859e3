"""Compare texts by their 4-grams, which small changes of words leave alike."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Grams = npt.NDArray[np.uint32]
"""Digests of the 4-grams of a text, sorted, each once."""
Counts = npt.NDArray[np.integer[Any]]
GRAM = 4
MAX_GRAMS = 400
"""Characters that are compared: only the beginning of a long text."""
MASKS = frozenset({"user", "http"})
"""Words that stand for a name or a link."""
_FACTORS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)
"""Odd numbers with mixed bits: 4-grams of one text then practically never share a digest."""


def beginning(words: Iterable[str]) -> str:
    """Join folded words to the text whose 4-grams are compared."""
    return " ".join(word for word in words if word not in MASKS)[:MAX_GRAMS]


def grams_of(said: str) -> Grams:
    """Return the 4-grams of a `beginning`."""
    letters = np.frombuffer(said.encode("utf-32-le", "surrogatepass"), dtype=np.uint32) + np.uint32(1)
    count = max(0, len(letters) - GRAM + 1)
    digests = np.zeros(count, dtype=np.uint32)
    for at, factor in enumerate(_FACTORS):
        digests ^= letters[at : at + count] * factor
    return np.unique(digests)


def in_common(one: Grams, other: Grams) -> int:
    """Count the 4-grams that both have."""
    return int(in_common_with(one, [other])[0])


def in_common_with(one: Grams, others: Sequence[Grams]) -> Counts:
    """Count the 4-grams shared with each other text, at least one."""
    owners = np.repeat(np.arange(len(others)), [len(each) for each in others])
    if not len(one):
        return np.zeros(len(others), dtype=np.int64)
    theirs = np.concatenate(others)
    at = np.minimum(one.searchsorted(theirs), len(one) - 1)
    return np.bincount(owners[one[at] == theirs], minlength=len(others))
