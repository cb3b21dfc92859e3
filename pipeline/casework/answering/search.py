"""Search the city's known answers for a reader who chooses."""

from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import NamedTuple

from core.config.known_answers.answers import KnownAnswer
from core.config.known_answers.edits import in_use
from nlp.known_answers.search import AnswerSearch
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
    _filling: Lock = field(default_factory=Lock)
    """Held by the thread that indexes: forty first questions would do so forty times."""

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
        search = self._of_today()
        return [] if search is None else search.find(question, limit)

    def offered(self, question: str, limit: int = 5) -> OfferedAnswers:
        """Return what a citizen is shown.

        Nothing to a question about another town, and to one that no answer is likely to fit.

        Raises:
            ConfigurationError: the file of answers is wrong.
        """
        if other_city(self.context.city, question) is not None:
            return OfferedAnswers(None, ())
        search = self._of_today()
        found = [] if search is None else search.offered(question, limit)
        is_sure = bool(found) and found[0].is_sure
        rest = tuple(one.answer for one in found[1 if is_sure else 0 :])
        return OfferedAnswers(found[0].answer if is_sure else None, rest)

    def _of_today(self) -> AnswerSearch | None:
        """Return the search of today's answers.

        None where the city has none.
        """
        revision = revision_of(self.context)
        if revision is None:
            return None
        today = self._today()
        with self._filling:
            if self._search is None or self._search[0] != (revision, today):
                answers = in_use(known_answers_of(self.context)).answers
                self._search = (revision, today), AnswerSearch(answers, today)
            return self._search[1]

    def _today(self) -> date:
        return now().astimezone(self.context.city.zone).date()
