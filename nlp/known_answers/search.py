"""Search known answers by words, best first, without the encoder.

For staff who look through a list `find`: what is shown may help. To a citizen `offered`: what is unlikely to fit is left out.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.config.known_answers.answers import KnownAnswer
from nlp.known_answers.offers import AnswerWords, is_keyword, load, probabilities
from nlp.known_answers.words import GramIndex, plain
from nlp.text.ngrams import gram_rows

Doubles = NDArray[np.float64]

LEAST = 0.12
"""Cosine below which an answer has too little in common with the question to be shown."""
LEAST_OF_BEST = 0.5
"""Share of the best answer's cosine below which another one is not shown: on `tests/gold/answers` the right answer is in the list as often
(565 of 598, before 566), and the list is less than half as long (1.3 answers, before 3.0)."""


class Offer(NamedTuple):
    """Hold an answer that is worth offering."""

    answer: KnownAnswer
    is_sure: bool
    """It may be given as the answer."""


class AnswerSearch:
    """Hold the n-grams of a city's valid answers.

    One per revision and day.

    Args:
        answers: of the city.
        on: answers not valid on this day are left out.
    """

    def __init__(self, answers: Sequence[KnownAnswer], on: date) -> None:
        self._answers = [one for one in answers if one.is_valid(on)]
        asked = [[text for some in one.questions.values() for text in some] for one in self._answers]
        said = [[plain(text) for text in (*some, *one.text.values())] for one, some in zip(self._answers, asked, strict=True)]
        flat = [[text] for texts in said for text in texts]
        groups = [at for at, texts in enumerate(said) for _ in texts]
        self._groups = np.array(groups, np.int64)
        self._grams = GramIndex.of(flat, groups)
        self._words = AnswerWords(self._answers, asked)

    def find(self, question: str, limit: int) -> list[KnownAnswer]:
        """Return the answers nearest to a question, best first, at most `limit`."""
        return [answer for answer, _ in self.scored(question, limit)]

    def scored(self, question: str, limit: int) -> list[tuple[KnownAnswer, float]]:
        """Return the same with the likeness of each, from 0 to 1."""
        likeness = self._likeness(question)
        order = np.argsort(-likeness, kind="stable")[:limit]
        least = max(LEAST, LEAST_OF_BEST * float(likeness.max(initial=0.0)))
        return [(self._answers[at], float(likeness[at])) for at in order if likeness[at] >= least]

    def described(self, question: str, limit: int) -> list[tuple[KnownAnswer, Doubles]]:
        """Return the nearest answers with what tells whether they fit, nearest first."""
        likeness = self._likeness(question)
        order = [int(at) for at in np.argsort(-likeness, kind="stable")[:limit] if likeness[at] > 0]
        if not order:
            return []
        return [(self._answers[at], row) for at, row in zip(order, self._words.features(question, order, likeness), strict=True)]

    def offered(self, question: str, limit: int) -> list[Offer]:
        """Return the answers that are worth offering, the likeliest first.

        None to most questions that have no answer.
        """
        described = self.described(question, limit)
        if not described:
            return []
        used = load()
        likely = probabilities(used, np.stack([row for _, row in described]))
        order = np.argsort(-likely, kind="stable")
        return [
            Offer(described[at][0], rank == 0 and bool(likely[at] >= used.sure))
            for rank, at in enumerate(order.tolist())
            if likely[at] >= used.offer or is_keyword(described[at][1])
        ]

    def _likeness(self, question: str) -> Doubles:
        """Return the likeness of the nearest phrasing of each answer, [answers]."""
        rows = gram_rows(plain(question))
        found = np.zeros(len(self._answers))
        if len(rows) and self._answers:
            np.maximum.at(found, self._groups, self._grams.similarity(rows))
        return found
