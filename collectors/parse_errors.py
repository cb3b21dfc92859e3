"""Find the field at which a parser failed, by parsing again."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

_SAFE_NAME = re.compile(r"[\w$:-]{1,60}")
"""Characters of a field name; anything else may be content of a post."""
MAX_PATH = 200


class _TracingDict(dict[str, Any]):
    """Record the path of the last field, and of the last null."""

    def __init__(self, values: dict[str, Any], path: str, read: list[str]) -> None:
        self._path, self._read = path, read
        super().__init__({key: _trace(value, self._below(key), read) for key, value in values.items()})

    def _below(self, key: object) -> str:
        name = str(key) if _SAFE_NAME.fullmatch(str(key)) else "?"
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
    """Return the path of the field at which `make` fails.

    Empty if unknown.

    >>> last_field(lambda item, _: item["account"]["acct"], {"account": {}}, datetime(2026, 1, 1))
    'account.acct'

    Args:
        make: pure, so that it may be called again.
        item: the record.
        received_at: when it was fetched.
    """
    read = ["", ""]
    try:
        make(_TracingDict(item, "", read), received_at)
    except Exception as error:  # the same failure as before: only its place is of interest
        is_null = bool(read[1]) and "NoneType" in str(error)
        return read[int(is_null)][:MAX_PATH]
    return ""


def _trace(value: Any, path: str, read: list[str]) -> Any:
    if isinstance(value, dict):
        return _TracingDict(value, path, read)
    if isinstance(value, list):
        return [_trace(one, f"{path}[]", read) for one in value]
    return value
