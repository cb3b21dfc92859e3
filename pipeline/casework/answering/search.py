"""Search the city's known answers for a reader who chooses."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from core.config.known_answers.answers import KnownAnswer
from core.config.known_answers.edits import in_use
from nlp.known_answers.search import SURE, AnswerSearch
from nlp.known_answers.signs import other_city
from pipeline.casework.answering.known_answers import known_answers_of, revision_of
from pipeline.context import Context, now


class OfferedAnswers(NamedTuple):
    """Hold what a citizen who asks is shown."""

    sure: KnownAnswer | None
    """Given as the answer."""
    perhaps: tuple[KnownAnswer, ...]
    """May help; none of them is given as the answer."""


@dataclass
class AnswerFinder:
    """Find known answers; indexes them again when they change."""

    context: Context
    _search: tuple[tuple[str, date], AnswerSearch] | None = field(default=None)

    def valid(self) -> list[KnownAnswer]:
        """Return all answers that are valid today.

        Raises:
            ConfigurationError: the file of answers is wrong.
        """
        return [one for one in in_use(known_answers_of(self.context)).answers if one.is_valid(self._today())]

    def find(self, question: str, limit: int = 5) -> list[KnownAnswer]:
        """Return the valid answers nearest to a question, best first.

        Raises:
            ConfigurationError: the file of answers is wrong.
        """
        return [answer for answer, _ in self._scored(question, limit)]

    def offered(self, question: str, limit: int = 5) -> OfferedAnswers:
        """Return what a citizen is shown.

        Nothing to a question about another town.

        Raises:
            ConfigurationError: the file of answers is wrong.
        """
        if other_city(self.context.city, question) is not None:
            return OfferedAnswers(None, ())
        found = self._scored(question, limit)
        is_sure = bool(found) and found[0][1] >= SURE
        rest = tuple(answer for answer, _ in found[1 if is_sure else 0 :])
        return OfferedAnswers(found[0][0] if is_sure else None, rest)

    def _scored(self, question: str, limit: int) -> list[tuple[KnownAnswer, float]]:
        revision = revision_of(self.context)
        if revision is None:
            return []
        today = self._today()
        if self._search is None or self._search[0] != (revision, today):
            answers = in_use(known_answers_of(self.context)).answers
            self._search = (revision, today), AnswerSearch(answers, today)
        return self._search[1].scored(question, limit)

    def _today(self) -> date:
        return now().astimezone(self.context.city.zone).date()
