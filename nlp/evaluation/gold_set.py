"""Load and validate files of labelled posts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from core.privacy.intake import text_reject_reason
from core.records.annotation import BORDER
from nlp.inference.model_files import LABELS

QUESTIONS = (*LABELS, "relevance", "language", "places")
"""Fields of a line beside `text` and `id`."""

BORDERED = (*LABELS, "relevance")
"""Questions that a line may answer with `border`."""
SOURCES = ("source", "channel")
"""Fields that say where a post comes from; the first that is a text counts."""
LONGEST_ID = 200
"""Characters; a longer id is replaced by the line number."""
MAX_QUOTED = 40
"""Characters of a wrong value that a message quotes at most."""


@dataclass(frozen=True)
class LabelledPost:
    """Describe one labelled post: its line and its labels by question.

    A question without a label is absent from `right`.
    """

    line: int
    row_id: str
    text: str
    right: dict[str, Any]
    unused: tuple[str, ...]
    """Fields that are not evaluated."""
    border: frozenset[str] = frozenset()
    """Questions that honest readers answer differently."""
    source: str = ""
    """Where it comes from; letters and texts of platforms are read farther than posts."""


def load_gold(path: Path, needed: str | None = None) -> list[LabelledPost]:
    """Load the labelled posts of a JSON-lines file.

    Args:
        path: one object per line: `text`, optionally `id`, and any of sentiment, intent, topic, actionable, relevance, language, places.
            `border` instead of one of the first five labels: honest readers differ.
        needed: keep only posts that have a label for this question; one at the border has none.

    Raises:
        ConfigurationError: the file or a line is invalid; the message names file, line and the allowed values.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    return parse_gold(content, str(path), needed)


def parse_gold(content: bytes, path: str, needed: str | None = None) -> list[LabelledPost]:
    """Parse labelled posts; see `load_gold`.

    `path`: what messages call the file.

    Raises:
        ConfigurationError: a line is invalid; the message names file, line and the allowed values.
    """
    lines = content.split(b"\n")
    rows = [_row(f"{path}:{number}", number, line) for number, line in enumerate(lines, 1) if line.strip()]
    kept = [row for row in rows if (needed in row.right if needed else row.right or row.border)]
    if not any(row.right for row in kept):
        wanted = needed or "any of " + ", ".join(QUESTIONS)
        raise ConfigurationError(f"{path}: no line has a label for {wanted}: nothing to evaluate")
    return kept


def _row(where: str, number: int, line: bytes) -> LabelledPost:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where}: not JSON in UTF-8 ({type(error).__name__})") from None
    if not isinstance(row, dict):
        raise ConfigurationError(f'{where}: not an object; write {{"text": "...", "topic": "noise"}}')
    unused = _unused_fields(where, row)
    text = row.get("text")
    if not isinstance(text, str):
        raise ConfigurationError(f"{where}: 'text' is missing or not a string")
    refused = text_reject_reason(text)
    if refused is not None:
        raise ConfigurationError(f"{where}: 'text' cannot be read ({refused})")
    border = frozenset(name for name in BORDERED if row.get(name) == BORDER)
    labelled = [name for name in QUESTIONS if row.get(name) is not None and name not in border]
    right = {name: _validated(where, name, row[name]) for name in labelled}
    absent = [place for place in right.get("places", ()) if place not in text]
    if absent:
        raise ConfigurationError(f"{where}: places must be exact substrings of the text; {_summarise(absent[0])} is not")
    return LabelledPost(number, _name(row.get("id"), number), text, right, unused, border, _source(row))


def _source(row: dict[str, Any]) -> str:
    return next((row[name] for name in SOURCES if isinstance(row.get(name), str)), "")


def _name(row_id: Any, number: int) -> str:
    """Return the post's id for messages, or its line if unprintable."""
    good = (isinstance(row_id, int) and not isinstance(row_id, bool)) or (
        isinstance(row_id, str) and row_id.isprintable() and 0 < len(row_id) <= LONGEST_ID
    )
    return str(row_id) if good else f"line {number}"


def _summarise(value: Any) -> str:
    """Format a value for a message; long values by type only.

    A whole post in the wrong field must not be repeated.
    """
    shown = json.dumps(value)
    return shown if len(shown) <= MAX_QUOTED else f"{type(value).__name__} of {len(shown)} characters"


def _unused_fields(where: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that are not evaluated.

    Raises:
        ConfigurationError: a field's name is so close to a known one that it is a typing error.
    """
    known = ("text", "id", *QUESTIONS)
    unused = tuple(sorted(name for name in fields if name not in (*known, *SOURCES)))
    for name in unused:
        meant = get_close_matches(name.lower(), known, n=1, cutoff=0.8)
        if meant:
            raise ConfigurationError(f"{where}: unknown field '{name}': is '{meant[0]}' meant?")
    return unused


def _validated(where: str, name: str, value: Any) -> Any:
    if name in ("actionable", "relevance"):
        allowed, good = f"true, false, {BORDER}", isinstance(value, bool)
    elif name == "places":
        allowed = 'a list of texts, such as ["Plaza Mayor"]'
        good = isinstance(value, list) and all(isinstance(place, str) and place for place in value)
    elif name == "language":
        allowed, good = 'a language code, such as "es"', isinstance(value, str) and value.strip() != ""
    else:
        allowed, good = ", ".join((*LABELS[name], BORDER)), value in LABELS[name]
    if not good:
        raise ConfigurationError(f"{where}: '{name}' is {_summarise(value)}; allowed: {allowed}")
    return value
