"""Finds out over which field of a record a collector stumbled, by reading the record once more."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

_PLAIN = re.compile(r"[\w$:-]{1,60}")
"""Characters of a field name; anything else may be content of a post."""
LONGEST = 200


class _Traced(dict[str, Any]):
    """An object that notes the path of the field that was read last, and of the last one that was null and should not be."""

    def __init__(self, values: dict[str, Any], path: str, read: list[str]) -> None:
        self._path, self._read = path, read
        super().__init__({key: _traced(value, self._below(key), read) for key, value in values.items()})

    def _below(self, key: object) -> str:
        name = str(key) if _PLAIN.fullmatch(str(key)) else "?"
        return f"{self._path}.{name}" if self._path else name

    def __getitem__(self, key: str) -> Any:
        self._read[0] = self._below(key)
        found = super().__getitem__(key)
        if found is None:
            self._read[1] = self._read[0]
        return found

    def get(self, key: str, default: Any = None) -> Any:
        self._read[0] = self._below(key)
        return super().get(key, default)


def last_field(make: Callable[[Any, datetime], object], item: dict[str, Any], received_at: datetime) -> str:
    """Give the path of the field at which `make` fails, such as `account.acct`; empty when that cannot be told.

    Args:
        make: pure, so that it may be called again.
        item: the record.
        received_at: when it was read.
    """
    read = ["", ""]
    try:
        make(_Traced(item, "", read), received_at)
    except Exception as error:  # it failed before: how is known, only where is asked
        is_null = bool(read[1]) and "NoneType" in str(error)
        return read[int(is_null)][:LONGEST]
    return ""


def _traced(value: Any, path: str, read: list[str]) -> Any:
    if isinstance(value, dict):
        return _Traced(value, path, read)
    if isinstance(value, list):
        return [_traced(one, f"{path}[]", read) for one in value]
    return value
