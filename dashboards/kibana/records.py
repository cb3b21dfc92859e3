"""Record what the last push wrote, to recognise changes by staff."""

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from core.errors import ConfigurationError

Json = dict[str, Any]

FILE = "kibana-push.json"
VOLATILE = ("updated_at", "updated_by", "created_at", "created_by", "version", "originId", "namespaces")
"""Keys that Kibana adds to an object, which are no content."""
MIGRATED = ("coreMigrationVersion", "typeMigrationVersion", "managed")


def digest(content: Json) -> str:
    """Return the hash of an object's content, independent of key order.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1, "updated_at": "now"})
    True
    """
    kept = {name: value for name, value in content.items() if name not in (*VOLATILE, *MIGRATED)}
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


class PushRecord:
    """Hold two hashes per object: as sent, and as Kibana stored it.

    An object that we are about to write has the first only, so that a push that was killed can go on.
    """

    def __init__(self, home: Path, url: str) -> None:
        self._path, self._url = home / FILE, url
        self._all: dict[str, dict[str, dict[str, str]]] = {}
        if self._path.exists():
            try:
                self._all = orjson.loads(self._path.read_bytes())
            except orjson.JSONDecodeError:
                raise ConfigurationError(
                    f"{self._path} is damaged: remove it; the next push then leaves every object that is in Kibana, or overwrites "
                    "them all with --overwrite"
                ) from None
        self._mine = self._all.setdefault(url, {})

    def sent(self, key: str) -> str | None:
        """Return the hash of what we sent last; None: nothing."""
        return self._mine.get(key, {}).get("sent")

    def kept(self, key: str) -> str | None:
        """Return the hash in Kibana after the last push; None: interrupted."""
        return self._mine.get(key, {}).get("kept")

    def begin(self, keys: dict[str, str]) -> None:
        """Store that these objects are about to be written."""
        self._mine |= {key: {"sent": one} for key, one in keys.items()}
        self._save()

    def end(self, keys: dict[str, tuple[str, str]]) -> None:
        """Store both hashes of objects that were written."""
        self._mine |= {key: {"sent": sent, "kept": kept} for key, (sent, kept) in keys.items()}
        self._save()

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(f".{os.getpid()}.new")
        new.write_bytes(orjson.dumps(self._all, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        new.replace(self._path)  # whole or not at all
