"""Refuse values that no key of a profile can mean.

They would be found late: an invisible character when a file is opened or a mail sent, a duration of ten thousand years when it is
added to a day, a number for a duration when everything older than 180 seconds is removed.
"""

import re
from datetime import time, timedelta
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from core.errors import RefusedValueError

LONGEST_TEXT = 20_000
LARGEST = 10**12
LONGEST = timedelta(days=36_500)
LONG_TEXTS = ("text", "basis", "attribution")
"""Keys whose values may have several lines: texts for answers and for the notice to citizens."""
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""
_ZONE = re.compile(r"^[\d.]+$|Z$|[+-]\d\d:?\d\d$", re.IGNORECASE)
"""A time as a number of seconds, or of the clock of another place."""
_LINES = re.compile(r"[\t\n\u2028\u2029]")
_ADDRESS = re.compile(r"(?:https?|wss?)://", re.IGNORECASE)


def check_type(value: Any, annotation: Any) -> Any:
    """Return a value as it is written, before pydantic converts it.

    Raises:
        ValueError: it is a number where a duration or time is due, or a switch where a number is.
    """
    kinds = annotation_types(annotation)
    is_number = isinstance(value, int | float)
    if time in kinds and (is_number or getattr(value, "tzinfo", None) or (isinstance(value, str) and _ZONE.search(value))):
        raise RefusedValueError("write a time of the city's clock, such as '08:00'")
    if timedelta in kinds and is_number:
        raise RefusedValueError("write a duration, such as 'P180D' for 180 days or 'PT48H' for 48 hours")
    if isinstance(value, bool) and bool not in kinds and kinds & {int, float}:
        raise RefusedValueError("write a number")
    return value


def annotation_types(annotation: Any) -> set[Any]:
    """Return the types of an annotation: `int | None` is both."""
    inner = getattr(annotation, "__args__", None)
    if getattr(annotation, "__origin__", None) in (tuple, list, dict):
        return set()
    return {annotation} if inner is None else set[Any]().union(*map(annotation_types, inner))


def check_sane(value: Any, annotation: Any, name: str | None) -> Any:
    """Return a value, checked with all that it holds.

    A table of a plug-in is left to the plug-in, which names its keys.

    Args:
        value: after pydantic converted it.
        annotation: of its field.
        name: its key.

    Raises:
        ValueError: no key means such a value.
    """
    if Any not in _inner_types(annotation):
        _check(value, name)
    elif isinstance(value, dict):
        for key in value:
            _check(key, None)
    return value


def _inner_types(annotation: Any) -> set[Any]:
    inner = getattr(annotation, "__args__", ())
    return {annotation}.union(*map(_inner_types, inner)) if inner else {annotation}


def _check(value: Any, name: str | None) -> None:
    if isinstance(value, str):
        _check_text(value, name in LONG_TEXTS)
    elif isinstance(value, timedelta):
        if not timedelta(0) <= value <= LONGEST:
            raise RefusedValueError("write a duration from nothing to a hundred years, such as 'P180D'")
    elif isinstance(value, int | float):
        if not isfinite(value) or abs(value) > LARGEST:
            raise RefusedValueError("write a smaller number")
    elif isinstance(value, dict):
        for key, one in value.items():
            _check(key, None)
            _check(one, str(key))
    elif isinstance(value, tuple | list):
        for one in value:
            if isinstance(one, str) and not one.strip():
                raise RefusedValueError("an entry of the list is empty: remove it")
            _check(one, name)


def _check_text(text: str, may_be_long: bool) -> None:
    if len(text) > LONGEST_TEXT:
        raise RefusedValueError("write a shorter text")
    if found := _INVISIBLE.search(text):
        raise RefusedValueError("it holds a character that cannot be seen ({code}): write it again", code=f"U+{ord(found[0]):04X}")
    if not may_be_long and _LINES.search(text):
        raise RefusedValueError("write it in one line")
    if _ADDRESS.match(text) and not may_be_long:
        _check_address(text)


def _check_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise RefusedValueError("not a whole web address, such as 'https://city.example/page'")
