"""Match questions by words alone, for comparison with the matcher."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.known_answers.words import plain

Doubles = NDArray[np.float64]
K1, B = 1.2, 0.75
Scorer = Callable[[str], Doubles]
"""Scores of a text by answer."""


def tf_idf(said: Sequence[Sequence[str]]) -> Scorer:
    """Return the TF-IDF cosine with each answer's nearest phrasing."""
    documents = [plain(text).split() for some in said for text in some]
    owners = np.repeat(np.arange(len(said)), [len(some) for some in said])
    rarity = _rarity(documents)
    vectors = [_unit({word: count * rarity[word] for word, count in Counter(words).items()}) for words in documents]

    def score(text: str) -> Doubles:
        asked = _unit({word: count * rarity.get(word, 0.0) for word, count in Counter(plain(text).split()).items()})
        return _best([sum(weight * vector.get(word, 0.0) for word, weight in asked.items()) for vector in vectors], owners)

    return score


def bm25(said: Sequence[Sequence[str]]) -> Scorer:
    """Return Okapi BM25 with all phrasings of an answer as one document."""
    documents = [[word for text in some for word in plain(text).split()] for some in said]
    total, usual = len(documents), sum(map(len, documents)) / len(documents)
    having = Counter(word for words in documents for word in set(words))
    counts = [Counter(words) for words in documents]

    def score(text: str) -> Doubles:
        found = np.zeros(total)
        for word in set(plain(text).split()) & having.keys():
            rarity = np.log(1 + (total - having[word] + 0.5) / (having[word] + 0.5))
            for at, (count, words) in enumerate(zip(counts, documents, strict=True)):
                if word in count:
                    often = count[word]
                    found[at] += rarity * often * (K1 + 1) / (often + K1 * (1 - B + B * len(words) / usual))
        return found

    return score


def _rarity(documents: Sequence[Sequence[str]]) -> dict[str, float]:
    having = Counter(word for words in documents for word in set(words))
    return {word: float(np.log((1 + len(documents)) / (1 + count)) + 1) for word, count in having.items()}


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = max(sum(weight**2 for weight in vector.values()) ** 0.5, 1e-9)
    return {word: weight / length for word, weight in vector.items()}


def _best(scores: Sequence[float], owners: NDArray[np.int64]) -> Doubles:
    found = np.full(int(owners.max()) + 1, -np.inf)
    np.maximum.at(found, owners, np.array(scores))
    return found
