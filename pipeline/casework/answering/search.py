"""Search the city's known answers for a reader who chooses."""

from dataclasses import dataclass, field
from datetime import date

from core.config.known_answers.answers import KnownAnswer
from core.config.known_answers.edits import in_use
from nlp.known_answers.search import AnswerSearch
from pipeline.casework.answering.known_answers import known_answers_of, revision_of
from pipeline.context import Context, now


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
        revision = revision_of(self.context)
        if revision is None:
            return []
        today = self._today()
        if self._search is None or self._search[0] != (revision, today):
            answers = in_use(known_answers_of(self.context)).answers
            self._search = (revision, today), AnswerSearch(answers, today)
        return self._search[1].find(question, limit)

    def _today(self) -> date:
        return now().astimezone(self.context.city.zone).date()
