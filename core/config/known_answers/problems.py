"""Describe problems of the fields of known answers.

Messages of files and of the desk are made of the same templates.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import ChangeRefusedError, Value

TEMPLATES: dict[str, str] = {
    "answer_id": "not an id: 2 to 40 small letters, digits and _, a letter first",
    "answer_service": "not one of the services",
    "answer_link": "not a link that begins with https://",
    "answer_empty": "is empty",
    "answer_signs": "holds characters that are not shown ({characters}): take them out",
    "answer_html": "holds HTML: write plain text",
    "answer_owner": "'{department}' is no department; allowed: {departments}",
    "answer_first_language": "is missing, the city's first language",
    "answer_days": "{last_day} is before the first day of use, {first_day}",
    "answer_no_question": "needs at least one example phrasing",
    "answer_long_question": "has one of {length} characters; {allowed} are allowed",
    "answer_too_long": "takes {length} of {limit} characters on {source} with its link and the citizen's handle: shorten it by {excess}",
    "answer_id_twice": "the id '{id}' is there twice: each answer has its own",
    "answer_shared_question": "answers '{other}' and '{one}' share the question '{text}': leave it in one of them",
    "answer_day": "not a date",
    "answer_wrong": "has a value that is not allowed",
}
"""What can be wrong with a field, by code; the desk shows it after the name of the field."""


class FieldProblem(NamedTuple):
    """Hold one problem of one field."""

    field: str
    """`owner`, `text.es`, `questions.es`; empty: of the answer as a whole."""
    code: str
    """A key of `TEMPLATES`."""
    values: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        """Return the field and the message, in English."""
        filled = {name: ", ".join(one) if isinstance(one, tuple) else one for name, one in self.values}
        return f"{self.field} {TEMPLATES[self.code].format(**filled)}".strip()


class FieldsRefusedError(ChangeRefusedError):
    """Refuse an answer for one or several of its fields.

    >>> str(FieldsRefusedError([FieldProblem("text.es", "answer_empty")]))
    'text.es is empty'
    """

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def problem(field: str, code: str, **values: Value) -> FieldProblem:
    """Return a problem of a field with the values of its message."""
    return FieldProblem(field, code, tuple(values.items()))


def field_error(code: str, **values: str) -> PydanticCustomError:
    """Return the error of a validator of a field."""
    return PydanticCustomError(code, TEMPLATES[code], dict(values))


def problems_of_validation(error: ValidationError) -> list[FieldProblem]:
    """Return the problems behind a validation error."""
    return [_of_detail(one) for one in error.errors()]


def _of_detail(one: ErrorDetails) -> FieldProblem:
    field = ".".join(str(part) for part in one["loc"] if not isinstance(part, int))
    code = one["type"] if one["type"] in TEMPLATES else "answer_day" if "date" in one["type"] else "answer_wrong"
    values = one.get("ctx", {}) if code == one["type"] else {}
    return FieldProblem(field, code, tuple((name, str(value)) for name, value in values.items() if name != "allowed"))
