"""Reads files that people labelled: posts with what is right about each, every line checked before anything is measured."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from core.privacy.intake import text_reject_reason
from nlp.inference.model_files import LABELS

QUESTIONS = (*LABELS, "relevance", "language", "places")
"""What a line may say beside `text` and `id`."""

LONGEST_ID = 200
"""Characters; a longer id is no name."""
SHOWN = 40
"""Characters of a wrong value that a message repeats."""


@dataclass(frozen=True)
class Gold:
    """One labelled post: its line in the file, and what is right, by question; a question it does not answer is absent."""

    line: int
    row_id: str
    text: str
    right: dict[str, Any]
    unused: tuple[str, ...]
    """Fields that were not looked at."""


def read_gold(path: Path, needed: str | None = None) -> list[Gold]:
    """The labelled posts of a JSON-lines file.

    Args:
        path: one object a line: `text`, perhaps `id`, and any of sentiment, intent, topic, actionable, relevance, language, places.
        needed: keep only the posts that answer this question.

    Raises:
        ConfigurationError: names file, line and what is allowed.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    rows = [_row(f"{path}:{number}", number, line) for number, line in enumerate(lines, 1) if line.strip()]
    kept = [row for row in rows if (needed in row.right if needed else row.right)]
    if not kept:
        wanted = needed or "any of " + ", ".join(QUESTIONS)
        raise ConfigurationError(f"{path}: no line has {wanted}: there is nothing to compare with")
    return kept


def _row(where: str, number: int, line: bytes) -> Gold:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where}: not JSON in UTF-8 ({type(error).__name__})") from None
    if not isinstance(row, dict):
        raise ConfigurationError(f'{where}: not an object; write {{"text": "...", "topic": "noise"}}')
    unused = _unused(where, row)
    text = row.get("text")
    if not isinstance(text, str):
        raise ConfigurationError(f"{where}: 'text' is missing or no text")
    refused = text_reject_reason(text)
    if refused is not None:
        raise ConfigurationError(f"{where}: 'text' cannot be read ({refused})")
    right = {name: _checked(where, name, row[name]) for name in QUESTIONS if row.get(name) is not None}
    absent = [place for place in right.get("places", ()) if place not in text]
    if absent:
        raise ConfigurationError(f"{where}: places must be exact substrings of the text; {_in_short(absent[0])} is not")
    return Gold(number, _name(row.get("id"), number), text, right, unused)


def _name(row_id: Any, number: int) -> str:
    """What the post is called in tables and messages: its id if that can be printed, else its line."""
    good = (isinstance(row_id, int) and not isinstance(row_id, bool)) or (
        isinstance(row_id, str) and row_id.isprintable() and 0 < len(row_id) <= LONGEST_ID
    )
    return str(row_id) if good else f"line {number}"


def _in_short(value: Any) -> str:
    """The value as it stands there, or what kind of thing it is: a whole post in the wrong field is not repeated."""
    shown = json.dumps(value)
    return shown if len(shown) <= SHOWN else f"{type(value).__name__} of {len(shown)} characters"


def _unused(where: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Fields of other purpose may be there; one that is nearly a name of ours is a slip."""
    known = ("text", "id", *QUESTIONS)
    unused = tuple(sorted(name for name in fields if name not in known))
    for name in unused:
        meant = get_close_matches(name.lower(), known, n=1, cutoff=0.8)
        if meant:
            raise ConfigurationError(f"{where}: unknown field '{name}': is '{meant[0]}' meant?")
    return unused


def _checked(where: str, name: str, value: Any) -> Any:
    if name in ("actionable", "relevance"):
        allowed, good = "true, false", isinstance(value, bool)
    elif name == "places":
        allowed = 'a list of texts, such as ["Plaza Mayor"]'
        good = isinstance(value, list) and all(isinstance(place, str) and place for place in value)
    elif name == "language":
        allowed, good = 'a language code, such as "es"', isinstance(value, str) and value.strip() != ""
    else:
        allowed, good = ", ".join(LABELS[name]), value in LABELS[name]
    if not good:
        raise ConfigurationError(f"{where}: '{name}' is {_in_short(value)}; allowed: {allowed}")
    return value
