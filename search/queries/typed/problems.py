"""Say what is wrong in a typed search, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import ConfigurationError

TEMPLATES: dict[str, str] = {
    "field": "There is no field “{typed}”. Fields: {fields}. To search for it as words, put it in quotes.",
    "value": "{field}: there is no “{typed}”. Nearest: {nearest}.",
    "no_value": "{field}: there is no “{typed}”, and no other value either.",
    "several": "{field}: “{typed}” can be {nearest}. Write one of them.",
    "empty": "{field}: write a value after the colon.",
    "day": "{field}: “{typed}” is no day. Write {field}:2026-11-01 (year, month, day; from 2000 to 2100).",
    "twice": "{field}: a search has one value of each field. Leave one out.",
    "excluded": "{field}: a field cannot be excluded. Leave out the - before it and name what you want to see.",
    "either": "{field}: a field narrows the whole search and cannot be one side of OR. Leave out the OR beside it.",
    "range": "{field}: the period ends before it begins. Write the earlier day first.",
    "period": "{field}: a search has a named period or days. Leave one out.",
    "area": "{field}: “{typed}” is no area. Draw one on the map.",
    "long": "The search has {length} characters, and {most} are allowed. Shorten it.",
    "many": "The search has {length} words, and {most} are allowed. Shorten it.",
    "words": "“{typed}”: no words are searched here, fields only. Leave it out.",
    "title": "“{typed}”: cases are found by their title as it is written, without - before a word. Leave the - out, or put all in quotes.",
}
"""By code; the desk shows them in the language of the reader."""
MOST_SHOWN = 60
"""Characters of the search that a message repeats."""


@dataclass(frozen=True)
class SearchProblem:
    """Hold one thing that is wrong in a typed search."""

    code: str
    """A key of `TEMPLATES`."""
    start: int = 0
    end: int = 0
    """Where it is in the text."""
    values: dict[str, str | int] = field(default_factory=dict)
    """Those of the template."""
    instead: Sequence[str] = ()
    """What could stand there."""

    @property
    def template(self) -> str:
        """Return the message with its values to be filled in."""
        return TEMPLATES[self.code]

    def __str__(self) -> str:
        """Return the message in English."""
        return self.template.format(**self.values)

    def mended(self, text: str) -> list[tuple[str, str]]:
        """Return what could stand there, each with the whole search."""
        return [(one, text[: self.start] + one + text[self.end :]) for one in self.instead]


class TypedSearchError(ConfigurationError):
    """Refuse a typed search; the text stays with who typed it."""

    def __init__(self, text: str, problems: Sequence[SearchProblem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.text, self.problems = text, tuple(problems)


def shown(text: str) -> str:
    """Return a part of a search as a message repeats it."""
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"
