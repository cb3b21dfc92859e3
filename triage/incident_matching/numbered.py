"""Number words, so that shared words are counted with arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.integer[Any]]
Words = tuple[str, int, Mapping[str, float]]
"""Id of a post, a digest of its text, and its words with their weights."""
Weights = npt.NDArray[np.float64]
MAX_WORDS, MAX_POSTS = 200_000, 20_000


@dataclass(frozen=True)
class Shared:
    """Hold the words that one post shares with others.

    `owners`: the other post of each (0, 1, ...).
    """

    numbers: Numbers
    owners: Numbers
    weights: Weights
    posts: int

    def sums(self, values: Weights) -> Weights:
        """Sum these values, one per shared word, for each other post."""
        found: Weights = np.bincount(self.owners, weights=values, minlength=self.posts).astype(np.float64)
        return found


class Numbered:
    """Map words to numbers and posts to arrays; reset when too large."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._number: dict[str, int] = {}
        self._names: list[str] = []
        self._weight = np.zeros(1024)
        self._is_own = np.zeros(1024, dtype=bool)
        self._posts: dict[str, tuple[int, Numbers]] = {}

    def shared(self, post: Words, others: Sequence[Words]) -> Shared:
        """Return what a post shares with others, at least one."""
        if len(self._names) > MAX_WORDS or len(self._posts) > MAX_POSTS:
            self._begin()
        own = self._of(*post)
        theirs = [self._of(*one) for one in others]
        numbers = np.concatenate(theirs)
        self._is_own[own] = True
        at = np.flatnonzero(self._is_own.take(numbers))
        self._is_own[own] = False
        owners = np.repeat(np.arange(len(theirs)), [len(one) for one in theirs]).take(at)
        found = numbers.take(at)
        return Shared(found, owners, self._weight.take(found), len(theirs))

    def names(self, numbers: Numbers) -> list[str]:
        """Return the words of these numbers."""
        return [self._names[number] for number in numbers.tolist()]

    def _of(self, post_id: str, version: int, words: Mapping[str, float]) -> Numbers:
        kept = self._posts.get(post_id)
        if kept is not None and kept[0] == version:
            return kept[1]
        number, size = self._number, len(self._names)
        for word in words:
            if word not in number:
                number[word] = len(self._names)
                self._names.append(word)
        if len(self._names) > size:
            self._make_room()
        found = np.fromiter(map(number.__getitem__, words), dtype=np.int32, count=len(words))
        self._posts[post_id] = (version, found)
        self._weight[found] = list(words.values())
        return found

    def _make_room(self) -> None:
        more = len(self._names) - len(self._weight)
        if more > 0:
            more = max(more, len(self._weight))
            self._weight = np.append(self._weight, np.zeros(more))
            self._is_own = np.append(self._is_own, np.zeros(more, dtype=bool))
