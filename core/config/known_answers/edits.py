"""Apply the edits of staff to the known answers of a city.

`answers.toml` is shipped and never changed by the desk. The newest edit of an answer takes precedence over the file, so that an update of
the file loses no edit; an answer whose text in the file changed after it was edited is marked.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from pydantic import ValidationError

from core.config.city import City
from core.config.known_answers.answers import KnownAnswer, KnownAnswers, doubled, problems_of
from core.config.known_answers.problems import FieldProblem, FieldsRefusedError, problems_of_validation
from core.records import Record, UtcDatetime

State = Literal["valid", "later", "expired", "withdrawn", "wrong"]
STATES: tuple[State, ...] = ("valid", "later", "expired", "withdrawn", "wrong")
"""In use; valid from a later day; past its date; withdrawn by staff; refused, because the profile has changed."""


class AnswerEdit(Record):
    """Hold one revision of a known answer, written by staff."""

    answer_id: str
    revision: int
    """From 1."""
    withdrawn: bool
    content: dict[str, Any]
    """The fields of `KnownAnswer`, as JSON."""
    shipped: str | None
    """`digest_of` the answer in the file when the edit was made; None: it was not in the file."""
    who: str
    why: str
    at: UtcDatetime


class EditedAnswer(Record):
    """Hold one known answer in force, with its last edit."""

    answer: KnownAnswer
    edit: AnswerEdit | None = None
    """None: as in the file."""
    shipped: KnownAnswer | None = None
    """As in the file; None: it was added on the desk."""
    problems: tuple[FieldProblem, ...] = ()
    """Why it is not used; empty: nothing is wrong."""

    @property
    def revision(self) -> int:
        """Return the number of the last edit; 0: none."""
        return 0 if self.edit is None else self.edit.revision

    @property
    def file_changed(self) -> bool:
        """Tell whether the answer in the file changed after the edit."""
        now = None if self.shipped is None else digest_of(self.shipped)
        return self.edit is not None and now is not None and self.edit.shipped != now

    def state(self, on: date) -> State:
        """Return the state on a day."""
        if self.problems:
            return "wrong"
        if self.edit is not None and self.edit.withdrawn:
            return "withdrawn"
        if self.answer.valid_until < on:
            return "expired"
        return "valid" if self.answer.is_valid(on) else "later"


def digest_of(answer: KnownAnswer) -> str:
    """Return a hash of all fields of an answer."""
    return hashlib.sha256(json.dumps(fields_of(answer), sort_keys=True).encode()).hexdigest()[:16]


def fields_of(answer: KnownAnswer) -> dict[str, Any]:
    """Return the fields of an answer as JSON."""
    return answer.model_dump(mode="json")


def with_edits(city: City, shipped: KnownAnswers, edits: Iterable[AnswerEdit]) -> tuple[EditedAnswer, ...]:
    """Return the answers of the file with the newest edits applied.

    An edit that the profile does not allow any more, such as one of a department that was removed, is kept and named by `problem`.

    Args:
        city: its departments and languages.
        shipped: the answers of the file.
        edits: the newest of each answer.
    """
    newest = {edit.answer_id: edit for edit in edits}
    entries: list[EditedAnswer] = []
    for one in shipped.answers:
        edit = newest.pop(one.id, None)
        entries += [EditedAnswer(answer=one, shipped=one)] if edit is None else _edited(city, edit, one)
    return (*entries, *(entry for _, edit in sorted(newest.items()) for entry in _edited(city, edit, None)))


def in_use(entries: Iterable[EditedAnswer]) -> KnownAnswers:
    """Return the answers that questions are compared with.

    Answers past their date are among them: a question whose answer expired must not get the next best one.
    """
    kept = [one for one in entries if not one.problems and not (one.edit is not None and one.edit.withdrawn)]
    return KnownAnswers(answers=tuple(one.answer for one in kept))


def read_answer(content: Mapping[str, Any]) -> KnownAnswer:
    """Build an answer from its fields.

    Raises:
        FieldsRefusedError: names the fields and what is allowed.
    """
    try:
        return KnownAnswer.model_validate(dict(content))
    except ValidationError as error:
        wrong = problems_of_validation(error)
        raise FieldsRefusedError(wrong) from None


def check_edit(city: City, answer: KnownAnswer, entries: Iterable[EditedAnswer]) -> None:
    """Refuse an edit that would be wrong in the file.

    Raises:
        FieldsRefusedError: says what is wrong with it, or which answer has the same question.
    """
    others = tuple(one for one in in_use(entries).answers if one.id != answer.id)
    known = set(doubled(others))
    problems = problems_of(answer, city) + [one for one in doubled((*others, answer)) if one not in known]
    if problems:
        raise FieldsRefusedError(problems)


def _edited(city: City, edit: AnswerEdit, shipped: KnownAnswer | None) -> list[EditedAnswer]:
    """Return the entry of an edit.

    One that cannot be read any more gives the answer of the file, marked as wrong, or none.
    """
    try:
        answer = read_answer(edit.content)
    except FieldsRefusedError as error:
        return [] if shipped is None else [EditedAnswer(answer=shipped, edit=edit, shipped=shipped, problems=error.problems)]
    return [EditedAnswer(answer=answer, edit=edit, shipped=shipped, problems=tuple(problems_of(answer, city)))]
