"""Weigh words by rarity; list the words for repaired and ongoing problems."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from math import log
from zlib import crc32

import numpy as np
import numpy.typing as npt

from core.config.word_lists import locale_words

_WORDS = locale_words("stop_words")
STOP_WORDS = frozenset(_WORDS["incidents"].split())
NO_HOUSE_NUMBER = frozenset(_WORDS["not_house_numbers"].split())
_SIGNS = locale_words("repairs")


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """Compile patterns that match as whole folded words into one."""
    return re.compile(rf"(?<!\S)(?:{'|'.join(patterns)})(?!\S)")


CLOSING = any_of(_SIGNS["repaired"])
ONGOING = any_of(_SIGNS["ongoing"])
"""Both patterns are for folded words: no accents, lower case, single spaces."""


@dataclass(frozen=True)
class Vocabulary:
    """Hold document frequencies of stems as hashes.

    No word can be recovered from them.
    """

    documents: int
    hashes: npt.NDArray[np.uint32]
    """Sorted CRC-32 of each stem."""
    counts: npt.NDArray[np.uint32]
    mean: npt.NDArray[np.float32]
    """Mean embedding of the training posts."""
    map: npt.NDArray[np.float32]
    """[embedding, learned space]: trained on incidents, so that posts of one incident are closer together."""
    model: str
    """The model that computed the embeddings: `name@revision`."""

    def knows(self, model: str, size: int) -> bool:
        """Return whether embeddings of this model are comparable with the training ones.

        Those of another encoder are not.
        """
        return model.partition("@")[0] == self.model.partition("@")[0] and size == len(self.mean)

    def weight(self, stem: str) -> float:
        """Return the inverse document frequency of a stem.

        Unknown stems are the rarest.
        """
        return log((self.documents + 1) / (self._counted.get(crc32(stem.encode()), 0) + 1))

    @cached_property
    def _counted(self) -> dict[int, int]:
        """Map hashes to counts."""
        return dict(zip(self.hashes.tolist(), self.counts.tolist(), strict=True))

    @cached_property
    def digest(self) -> bytes:
        """Return what tells one set of weights from another, 8 bytes."""
        arrays = (self.hashes, self.counts, self.mean, self.map)
        return blake2b(b"".join(one.tobytes() for one in arrays) + f"{self.documents} {self.model}".encode(), digest_size=8).digest()
