"""Tell which answers are worth offering to a citizen who asks.

Without the encoder.
Nearness alone offers something to nearly every question. What tells is which of the question's own words an answer has: `¿Quién diseñó
la fuente de Cibeles?` shares one word of three with the answer about drinking fountains. Weights and bars are those of `offers.json`,
trained by `make train-answers`; `make score-answers` measures.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config.known_answers.answers import KnownAnswer
from core.config.word_lists import locale_words
from core.runtime.one_filler import one_filler
from nlp.known_answers.signs import NAMES, read_signs
from nlp.known_answers.words import GramIndex, plain
from nlp.text.ngrams import gram_rows

Doubles = NDArray[np.float64]
SHIPPED = Path(__file__).with_name("offers.json")
FEATURES = ("behind", "lead", "likeness", "missing", "words", "rarest", "shared", "none", *NAMES)
"""Of a question and one answer: how far its nearest phrasing is behind that of the first answer, the first answer's lead, likeness to all
that belongs to the answer, words of the question that it lacks, words of the question, rarity of the rarest that it has (1: no other
answer has it), log of how many it has, whether it has none, and the signs of the question."""
_STEM, _SHORTEST, _MOST, _KEYWORDS = 5, 3, 10, 2
"""Letters of a word that are compared, letters from which a word counts, words from which on a question is as good as longer, and words
up to which something that asks nothing is a search for keywords."""


@dataclass(frozen=True)
class OfferWeights:
    """Hold the trained weights by `FEATURES` and the two bars."""

    weights: Doubles
    bias: float
    offer: float
    """Probability from which on an answer may help."""
    sure: float
    """Probability from which on it is given as the answer."""


@one_filler(maxsize=1)
def load() -> OfferWeights:
    """Return the weights that are shipped."""
    found = json.loads(SHIPPED.read_text(encoding="utf-8"))
    weights = np.array([found["weights"][name] for name in FEATURES], np.float64)
    return OfferWeights(weights, found["bias"], found["offer"], found["sure"])


class AnswerWords:
    """Hold the words of each answer: its phrasings and its texts."""

    def __init__(self, answers: Sequence[KnownAnswer], said: Sequence[Sequence[str]]) -> None:
        documents = [[plain(text) for text in (*some, *one.text.values())] for one, some in zip(answers, said, strict=True)]
        self._grams = GramIndex.of(documents, list(range(len(documents))))
        self._stems = [_stems(" ".join(texts)) for texts in documents]
        self._having = Counter(stem for stems in self._stems for stem in stems)

    def features(self, question: str, order: Sequence[int], likeness: Doubles) -> Doubles:
        """Describe the nearest answers, [len(order), len(FEATURES)].

        Args:
            question: as typed.
            order: the answers to describe, nearest first.
            likeness: [answers], of the nearest phrasing of each.
        """
        asked = sorted(_stems(plain(question)) - _ignored())
        near = self._grams.similarity(gram_rows(plain(question)))
        signs = read_signs(question)
        lead = likeness[order[0]] - likeness[order[1]] if len(order) > 1 else 0.0
        rows = []
        for at in order:
            has = [stem for stem in asked if stem in self._stems[at]]
            rarest = max(map(self._rarity, has), default=0.0)
            told = [likeness[at] - likeness[order[0]], lead, near[at], len(asked) - len(has), min(len(asked), _MOST)]
            rows.append([*told, rarest, math.log1p(len(has)), float(not has), *(signs[name] for name in NAMES)])
        return np.array(rows, np.float64)

    def _rarity(self, stem: str) -> float:
        total = len(self._stems)
        return math.log((1 + total) / self._having[stem]) / math.log(1 + total)


def probabilities(weights: OfferWeights, features: Doubles) -> Doubles:
    """Return how likely each described answer is the right one."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(weights.bias + features @ weights.weights, -30.0, 30.0))), np.float64)


def is_keyword(features: Doubles) -> bool:
    """Tell whether the answer has all of one or two searched words.

    Words such as `multa` or `perro` ask nothing: what has them is listed.
    """
    told = dict(zip(FEATURES, features, strict=True))
    asks = told["question_mark"] or not told["asks_nothing"]
    return not asks and not told["missing"] and 0 < told["words"] <= _KEYWORDS


def _stems(text: str) -> set[str]:
    return set(_cut(word for word in text.split() if len(word) >= _SHORTEST))


def _cut(words: Iterable[str]) -> Iterable[str]:
    return (word[:_STEM] for word in words)


@one_filler(maxsize=1)
def _ignored() -> frozenset[str]:
    lists = locale_words("stop_words")
    words = f"{lists['incidents']} {lists['questions']}".split()
    return frozenset(_cut(word for word in words if word.isalpha()))
