"""Describe problems of the keys of a profile.

The command line shows them in English with the key; the desk shows them after the name of the setting, in the language of the reader.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigurationError, RefusedValueError, Value

OTHER = "this value is not allowed"
NUMBER = "enter a number"
WHOLE_NUMBER = "enter a whole number"
DAY = "enter a day that exists, as year-month-day, such as 2026-05-15"
MESSAGES: dict[str, str] = {
    "less_than_equal": "enter {le} or less",
    "less_than": "enter less than {lt}",
    "greater_than_equal": "enter {ge} or more",
    "greater_than": "enter more than {gt}",
    "missing": "is missing",
    "extra_forbidden": "this version has no such setting: undo the change",
    "time_delta_parsing": "enter a number of hours, such as 48",
    **dict.fromkeys(("float_parsing", "float_type", "int_type", "finite_number"), NUMBER),
    **dict.fromkeys(("int_parsing", "int_from_float"), WHOLE_NUMBER),
    **dict.fromkeys(("date_from_datetime_parsing", "date_parsing", "date_from_datetime_inexact", "date_type"), DAY),
}
"""What can be wrong with a value, by the type of pydantic's error."""
LONGEST = 60
"""Characters that are shown of a wrong value."""


class KeyProblem(NamedTuple):
    """Hold one problem of one key."""

    key: tuple[str, ...]
    """Names of table and key, without the numbers of a list."""
    template: str
    values: Mapping[str, Value | float]
    got: str | float
    """The wrong value; empty: it has no short form."""


class ProfileRefusedError(ConfigurationError):
    """Refuse a profile; the message is English, the problems can be translated."""

    def __init__(self, message: str, problems: Iterable[KeyProblem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def without(self, prefix: str) -> "ProfileRefusedError":
        """Return it with a message that does not begin with `prefix`."""
        return ProfileRefusedError(str(self).removeprefix(prefix), self.problems)


def problems_of(error: ValidationError) -> list[KeyProblem]:
    """Return the problems behind a validation error."""
    return [_of_detail(one) for one in error.errors()]


def _of_detail(one: ErrorDetails) -> KeyProblem:
    key = tuple(part for part in one["loc"] if isinstance(part, str))
    given: dict[str, Any] = one.get("ctx", {})
    refused = given.get("error")
    found = one["input"]
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    got = found if is_number else str(found)[:LONGEST] if isinstance(found, str | bool) else ""
    if isinstance(refused, RefusedValueError):
        return KeyProblem(key, refused.template, refused.values, got)
    template = MESSAGES.get(one["type"], OTHER)
    limits = {name: value for name, value in given.items() if isinstance(value, int | float)}
    return KeyProblem(key, template, limits, got)
