"""Translate stored reasons into what people read."""

import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_percent

from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.translate import translator

_TEXTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REASONS = tuple((re.compile(pattern), text) for pattern, text in _TEXTS.items())
"""Stored reasons and their display text, in the order of `reasons.toml`: the first that fits."""

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DECIMAL = re.compile(r"\d+\.\d+")


def display_reason(reason: str, language: str) -> str:
    """Return a stored reason for display.

    Text written by a person stays as it is.

    >>> display_reason("own: written by the city itself; same incident as 2 more", "en")
    'written by the city itself; same incident as 2 more'
    >>> display_reason("person: ana split it from another case", "es")
    'ana lo separó de otro caso'
    """
    return "; ".join(_one_reason(part, language) for part in reason.split("; "))


def _one_reason(part: str, language: str) -> str:
    for pattern, template in REASONS:
        found = pattern.fullmatch(part)
        if found:
            source = pattern.groupindex.get("source")
            shown = [
                display_name("source", group, language) if number == source else _localised(group, language)
                for number, group in enumerate(found.groups(), 1)
            ]
            return translator(language, "names")(template).format(*shown)
    return part


def _localised(text: str, language: str) -> str:
    if text in NAMES["person"]:
        return display_name("person", text, language)
    if _DECIMAL.fullmatch(text):
        return str(format_percent(Decimal(text), locale=language, decimal_quantization=False))  # a probability
    return _ISO_DATE.sub(lambda day: _long_date(day[0], language), text)


def _long_date(iso: str, language: str) -> str:
    try:
        return str(format_date(date.fromisoformat(iso), "long", locale=language))
    except ValueError:
        return iso
