"""Weigh the n-grams of questions by how few answers have them.

A misspelt word shares most of its n-grams with the right one (`nlp.text.ngrams`), so neither stems nor a dictionary are needed;
only the commonest abbreviations of messages are written out first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.text.lexicon import fold_text
from nlp.text.ngrams import TABLE, Rows, gram_rows

Doubles = NDArray[np.float64]

_DROPPED = re.compile(r"@\w+|https?\S*|\[\w+\]")
_WORD = re.compile(r"\w+|\?")
SHORTHAND = {
    "q": "que",
    "k": "que",
    "ke": "que",
    "d": "de",
    "dl": "del",
    "dnd": "donde",
    "x": "por",
    "xq": "por que",
    "pq": "por que",
    "xa": "para",
    "pa": "para",
    "pal": "para el",
    "cn": "con",
    "cm": "como",
    "m": "me",
    "t": "te",
    "s": "es",
    "na": "nada",
    "xfa": "por favor",
    "tb": "tambien",
    "kien": "quien",
    "kiero": "quiero",
    "ay": "hay",
    "asta": "hasta",
    "tngo": "tengo",
    "tneis": "teneis",
    "mñn": "manana",
    "nose": "no se",
    "u": "you",
    "pls": "please",
}
"""Abbreviations of messages, folded, and what they mean."""


def plain(text: str) -> str:
    """Return a text without handles and links, folded, with abbreviations written out."""
    words = _WORD.findall(fold_text(_DROPPED.sub(" ", text)))
    return " ".join(SHORTHAND.get(word, word) for word in words)


@dataclass(frozen=True)
class GramIndex:
    """Hold documents as weighted n-grams, with the rarity of each."""

    rarity: Doubles
    """[TABLE], log of how many answers there are for one that has the n-gram; at least one."""
    rows: Rows
    """[entries], n-grams in rising order: entry i says that document `holders[i]` has n-gram `rows[i]`."""
    holders: NDArray[np.int64]
    weights: Doubles
    """[entries], weight of the n-gram in the document; each document has unit length."""
    documents: int

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]], groups: Sequence[int]) -> "GramIndex":
        """Index documents, each given as its plain texts.

        Args:
            documents: plain texts by document.
            groups: the answer of each document: rarity counts answers, so an answer with many phrasings makes no word common.
        """
        said = [(at, gram_rows(text)) for at, texts in enumerate(documents) for text in texts]
        rows = np.concatenate([rows for _, rows in said]) if said else np.zeros(0, np.int64)
        holders = np.repeat(np.array([at for at, _ in said], np.int64), [len(rows) for _, rows in said])
        keys, counts = np.unique(rows * max(1, len(documents)) + holders, return_counts=True)
        rows, holders = np.divmod(keys, max(1, len(documents)))
        rarity = _rarity(rows, np.asarray(groups, np.int64)[holders])
        weights = (1.0 + np.log(counts)) * rarity[rows]
        lengths = np.sqrt(np.bincount(holders, weights**2, minlength=len(documents)))
        return cls(rarity, rows, holders, weights / np.maximum(lengths[holders], 1e-9), len(documents))

    def similarity(self, rows: Rows) -> Doubles:
        """Return the cosine of a text with each document, [documents].

        Args:
            rows: n-grams of the text (`gram_rows`).
        """
        entries, asked = self._entries(rows)
        weights = self.rarity[rows]
        products = weights[asked] * self.weights[entries]
        found = np.bincount(self.holders[entries], products, minlength=self.documents)
        return np.asarray(found / max(float(np.linalg.norm(weights)), 1e-9), np.float64)

    def coverage(self, rows: Rows, document: int) -> float:
        """Return the weighted share of a text's n-grams that a document has."""
        entries, asked = self._entries(rows)
        weights = self.rarity[rows]
        return float(weights[asked[self.holders[entries] == document]].sum() / max(float(weights.sum()), 1e-9))

    def _entries(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the entries of n-grams, and the n-gram of each entry."""
        first, last = np.searchsorted(self.rows, rows), np.searchsorted(self.rows, rows, side="right")
        sizes = last - first
        asked = np.repeat(np.arange(len(rows)), sizes)
        offsets = np.arange(len(asked)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(first, sizes) + offsets, asked


def _rarity(rows: Rows, groups: NDArray[np.int64]) -> Doubles:
    """Return how rare each n-gram is among groups, [TABLE]."""
    total = len(np.unique(groups))
    pairs = np.unique(np.stack([rows, groups]), axis=1)
    having = np.bincount(pairs[0], minlength=TABLE)
    return np.asarray(np.log((1.0 + total) / (1.0 + having)) + 1.0, np.float64)
