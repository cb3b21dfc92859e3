"""Hold the names of places that could be read as a person's."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import WORD
from core.privacy.redaction.own_words import NO_WORDS, OwnWords
from core.privacy.redaction.persons.lexicon import FIRST, LAST, NEVER, OFFICES, ORDINARY, PARTICLES, PLACES, RELATIVES, RULERS, TITLES
from core.privacy.redaction.words import word_set


@dataclass(frozen=True)
class PlaceNames:
    """Hold the names of a city's places, and its own words."""

    names: frozenset[str] = frozenset()
    """From the given name on, folded, without particles: `luis montoto`; from a title on: `don ramon cruz`; of surnames: `paez rivera`."""
    own: OwnWords = NO_WORDS

    @cached_property
    def starts(self) -> frozenset[str]:
        """Return the first word of each, to tell soon where none begins."""
        return frozenset(name.split(" ", 1)[0] for name in self.names)


NO_PLACES = PlaceNames()
_RANKS = RELATIVES | TITLES | RULERS | OFFICES
_NO_SURNAMES = FIRST | ORDINARY | NEVER
_COMMON_SURNAMES = word_set("persons.place_names", "common_surnames")
"""With one of these a shortened name is many persons': `Ana García` of `Calle Ana García Lorca`."""


def place_names(names: Iterable[str], former: Iterable[str] = (), own: OwnWords = NO_WORDS) -> PlaceNames:
    """Return the part of each name from a given name or title.

    A given name alone is no place: `Calle de Rosa`; nor are two of a former name: `Avenida de José Antonio`.

    >>> sorted(place_names(["Avenida Alcalde Luis Uruñuela", "Calle Feria", "Calle de Rosa"]).names)
    ['luis urunuela']
    """
    found = {part for name in names for part in _parts(name)}
    found |= {part for name in former for part in _parts(name) if not FIRST.issuperset(part.split())}
    return PlaceNames(frozenset(found), own)


def _parts(name: str) -> Iterator[str]:
    words = [word for word in WORD.findall(fold_characters(name)) if word not in PARTICLES]
    for starts in (FIRST, TITLES - PARTICLES):
        first = next((at for at, word in enumerate(words) if word in starts), len(words))
        if len(words) - first > 1:
            yield " ".join(words[first:])
        if starts is FIRST and _shortened(words[first:]):
            yield " ".join(words[first : first + 2])
    yield from _of_surnames(words)


def _of_surnames(words: Sequence[str]) -> Iterator[str]:
    """Yield a name that begins with no given name: `paez rivera`.

    With its rank and without it: `farmaceutico murillo herrera`.
    """
    core = list(dropwhile(lambda word: word in PLACES, words))
    bare = list(dropwhile(lambda word: word in _RANKS, core))
    if len(bare) > 1 and bare[0] not in _NO_SURNAMES and not LAST.isdisjoint(bare) and PLACES.isdisjoint(bare):
        yield " ".join(bare)
        if core != bare:
            yield " ".join(core)


def _shortened(words: Sequence[str]) -> bool:
    """Return whether people leave out a second surname: `Mauricio Moro`."""
    return len(words) == 3 and FIRST.isdisjoint(words[1:]) and words[1] in LAST - _COMMON_SURNAMES
