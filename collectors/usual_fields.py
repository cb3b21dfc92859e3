"""Detect that a network no longer gives a useful field.

One without which a record can be parsed, such as the thread, the author or the language. Each collector lists the fields that nearly every
record has (`USUAL`); a test compares the list with its recorded examples. A field is judged like a record that cannot be parsed: by its
share among earlier records of the stream, and on a first read by the list.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.paging.cursor import FieldCount

NULLABLE = "?"
"""Ends the name of a field that must be there and may be null."""
EMPTY: tuple[Any, ...] = (None, "", [], {})
IDS_KEPT = 20

Judge = Callable[[int, int, Sequence[int]], bool]
"""Whether far fewer have it than usual: with, without, and both of earlier records."""


@dataclass
class FieldWatch:
    """Count the fields of one run, by stream."""

    usual: Callable[[], Collection[str]]
    """The fields to expect, as dotted paths; X's depend on which of its two contracts it speaks."""
    counts: dict[str, dict[str, FieldCount]] = field(default_factory=dict)

    def lost(self, stream: str, items: Mapping[str, Any], judge: Judge) -> dict[str, int]:
        """Count the fields of a page, and return those that are gone.

        With how many records lack each. `items`: the records that could be parsed, by a stable key.
        """
        known = self.counts.get(stream, {})
        counted, gone = dict(known), dict[str, int]()
        for name in self.usual():
            before = known.get(name, FieldCount())
            lacking = [key for key, item in items.items() if not has_field(item, name)]
            having = len(items) - len(lacking)
            row = list(dict.fromkeys([*(() if having else before.row), *lacking]))
            if judge(having, len(row), (before.having, before.lacking)):
                gone[name.rstrip(NULLABLE)] = len(lacking)
            counted[name] = before.add(having, row) if having else before.changed(row=tuple(row[-IDS_KEPT:]))
        if not gone:
            self.counts[stream] = counted
        return gone

    def accept(self, stream: str, items: Mapping[str, Any]) -> None:
        """Take a page for usual: a person said so."""
        for name in self.usual():
            lacking = [key for key, item in items.items() if not has_field(item, name)]
            fresh = FieldCount().add(len(items) - len(lacking), lacking)
            self.counts[stream] = {**self.counts.get(stream, {}), name: fresh}


def has_field(item: Any, name: str) -> bool:
    """Tell whether a record has a field, named by its dotted path.

    One that is there and empty is not had; where null is allowed, it is.

    >>> has_field({"author": ""}, "author"), has_field({"reply_to": ""}, "reply_to?")
    (False, True)
    >>> has_field({"snippet": {"lang": None}}, "snippet.lang"), has_field({"snippet": {"lang": None}}, "snippet.lang?")
    (False, True)
    """
    found = item
    *path, last = name.removesuffix(NULLABLE).split(".")
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict) or last not in found:
        return False
    return found[last] not in EMPTY or name.endswith(NULLABLE)
