"""Search known answers by words, best first, without the encoder.

For a person who looks through a list: what is shown may help. Only what shares nearly all its words with a phrasing is sure.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from core.config.known_answers.answers import KnownAnswer
from nlp.known_answers.words import GramIndex, plain
from nlp.text.ngrams import gram_rows

LEAST = 0.12
"""Cosine below which an answer has too little in common with the question to be shown."""
LEAST_OF_BEST = 0.5
"""Share of the best answer's cosine below which another one is not shown: on `tests/gold/answers` the right answer is in the list as often
(565 of 598, before 566), and the list is less than half as long (1.3 answers, before 3.0)."""


SURE = 0.45
"""Cosine from which the first answer is given as the right one: of the 250 questions of the half `test` of `tests/gold/answers`, 57 of them
without an answer, 11 reach it, all right; from 0.4 on 2 of 22 are wrong. The matcher of drafts finds far more, and needs the encoder."""


class AnswerSearch:
    """Hold the n-grams of a city's valid answers.

    One per revision and day.

    Args:
        answers: of the city.
        on: answers not valid on this day are left out.
    """

    def __init__(self, answers: Sequence[KnownAnswer], on: date) -> None:
        self._answers = [one for one in answers if one.is_valid(on)]
        said = [
            [plain(text) for some in one.questions.values() for text in some]
            + [plain(text) for text in one.text.values()]
            for one in self._answers
        ]
        flat = [[text] for texts in said for text in texts]
        groups = [at for at, texts in enumerate(said) for _ in texts]
        self._groups = np.array(groups, np.int64)
        self._grams = GramIndex.of(flat, groups)

    def find(self, question: str, limit: int) -> list[KnownAnswer]:
        """Return the answers nearest to a question, best first, at most `limit`."""
        return [answer for answer, _ in self.scored(question, limit)]

    def scored(self, question: str, limit: int) -> list[tuple[KnownAnswer, float]]:
        """Return the same with the likeness of each, from 0 to 1."""
        rows = gram_rows(plain(question))
        if not len(rows) or not self._answers:
            return []
        likeness = np.zeros(len(self._answers))
        np.maximum.at(likeness, self._groups, self._grams.similarity(rows))
        order = np.argsort(-likeness, kind="stable")[:limit]
        least = max(LEAST, LEAST_OF_BEST * likeness[order[0]])
        return [(self._answers[at], float(likeness[at])) for at in order if likeness[at] >= least]
