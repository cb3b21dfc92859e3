"""Hold the names of a city's places that could be read as a person's."""

from collections.abc import Iterable

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import WORD
from core.privacy.redaction.persons.lexicon import FIRST, PARTICLES

PlaceNames = frozenset[str]
"""From the given name on, folded, without particles: `luis montoto`, `juan mata carriazo`."""
NO_PLACES: PlaceNames = frozenset()


def place_names(names: Iterable[str]) -> PlaceNames:
    """Return what of each place's name begins with a given name.

    A given name alone is no place: `Calle de Rosa`. One row of a table may hold several names.

    >>> sorted(place_names(["Avenida Alcalde Luis Uruñuela", "Calle Feria", "Calle de Rosa"]))
    ['luis urunuela']
    """
    found = set()
    for name in names:
        words = WORD.findall(fold_characters(name))
        first = next((at for at, word in enumerate(words) if word in FIRST), len(words))
        bare = [word for word in words[first:] if word not in PARTICLES]
        if len(bare) > 1:
            found.add(" ".join(bare))
    return frozenset(found)
