"""Find streets and parks that are misspelt by one letter.

For instance `cuesta de San Viciente`, `Avenida Guadalajra`.
"""

from collections.abc import Iterable, Iterator

from gazetteer.entry import Entry
from gazetteer.finding.trie import Hit
from gazetteer.place_types import STREETS

_GROUPS = STREETS | {"parque", "metro", "estacion"}
_SHORTEST = 6
"""Minimum letters; shorter names are too often one letter from another."""
_LONGEST = 40


class FuzzyIndex:
    """Index names by type, first letter and length.

    Two words one edit apart share the first letter, and their lengths differ by one at most. An index of every one-letter deletion
    finds them faster, but takes a second to build, and few posts misspell a name.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._alike: dict[tuple[str, str, int], list[tuple[str, Hit]]] = {}
        for entry in entries:
            for name in entry.names:
                written = " ".join(name.words)
                if name.group in _GROUPS and _SHORTEST <= len(written) <= _LONGEST and name.weight == 1.0:
                    key = (name.group, written[0], len(written))
                    self._alike.setdefault(key, []).append((written, (entry, name)))

    def near(self, group: str, words: tuple[str, ...]) -> tuple[Hit, ...]:
        """Return the places of this type whose name is one edit away.

        Those that a letter missing from `words` explains come first, then by the position of the edit.
        """
        name = " ".join(words)
        if group not in _GROUPS or not _SHORTEST <= len(name) <= _LONGEST:
            return ()
        close = [
            (frozenset(_deletions(other)), hit)
            for length in (len(name) - 1, len(name), len(name) + 1)
            for other, hit in self._alike.get((group, name[0], length), ())
            if is_one_edit(name, other)
        ]
        found: dict[str, Hit] = {}
        for left in _deletions(name) if close else ():
            for deletions, hit in close:
                if left in deletions:
                    found[hit[0].key] = hit
        return tuple(found.values())


def _deletions(written: str) -> Iterator[str]:
    yield written
    for at in range(len(written)):
        yield written[:at] + written[at + 1 :]


def is_one_edit(one: str, other: str) -> bool:
    """Tell whether two words differ by one edit after the first letter.

    One letter wrong, missing or added, or two neighbours swapped.

    >>> is_one_edit("vicente", "viciente"), is_one_edit("goya", "moya")
    (True, False)
    """
    if one[:1] != other[:1]:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b or (a[:2] == b[1::-1] and a[2:] == b[2:])
