"""Define the type words of places: calle, plaza, metro, colegio, barrio.

Written out and abbreviated, and which of them people confuse. The words are data: `locales/es_ES/place_types.toml`, and a city's own in
`words.toml` of its folder.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from core.config.word_lists import city_words, locale_words
from core.errors import ConfigurationError
from core.runtime.one_filler import one_filler
from gazetteer.names import content_words, folded_words

Phrase = tuple[str, ...]


def _phrases(table: Mapping[str, Iterable[str]]) -> dict[Phrase, str]:
    return {content_words(folded_words(phrase)): group for group, phrases in table.items() for phrase in phrases}


_WORDS = locale_words("place_types")
AREA_WORDS = _phrases(_WORDS["areas"])
"""Words that give the kind of the next name without being part of it."""
WEAK_TYPES = frozenset(_WORDS["weak"])
"""Groups whose words have other meanings (`la puerta del Ayuntamiento`): an unknown name after them is not a place."""
FAMILIES = tuple(map(frozenset, _WORDS["families"]))
"""Groups that people confuse: `calle Reina Victoria` is the Avenida de la Reina Victoria when there is no such calle."""
STREETS: frozenset[str] = FAMILIES[0] | FAMILIES[1]


class PlaceTypes(NamedTuple):
    """Hold the type words of a city, of its language and own."""

    groups: dict[Phrase, str]
    """By type phrase without joining words, the group it means."""
    first_words: frozenset[str]
    longest: int
    """Words of the longest phrase."""
    not_names: frozenset[str]
    """Words that are not names in a capitalised title: `Polideportivo Público`."""
    things: frozenset[str]
    """Things that a street has: `la farola de Sallaberry`."""
    respelt: Mapping[str, str]
    """How people of the city write a word of its names, and how the names have it: `vallekas`, `vallecas`. Folded."""


@one_filler(maxsize=8)
def place_types_of(folder: Path | None = None) -> PlaceTypes:
    """Return the type words of the city with this folder.

    Those of the language alone without one.

    Raises:
        ConfigurationError: its `words.toml` is wrong.

    >>> place_types_of().groups["plz",]
    'plaza'
    """
    own = city_words(folder)
    groups = {**_phrases(_WORDS["types"]), **_phrases(own.get("place_types", {}))}
    return PlaceTypes(
        groups,
        frozenset(phrase[0] for phrase in groups),
        max(map(len, [*groups, *AREA_WORDS])),
        _folded(_WORDS, "not_names") | _folded(own.get("places", {}), "not_names"),
        _folded(_WORDS, "things") | _folded(own.get("places", {}), "things"),
        _respelt(own.get("places", {}).get("respelt", {})),
    )


def _respelt(table: Mapping[str, Any]) -> Mapping[str, str]:
    pairs = {folded_words(said): folded_words(named) for said, named in table.items() if isinstance(named, str)}
    if len(pairs) < len(table) or any(len(one) != 1 for pair in pairs.items() for one in pair):
        raise ConfigurationError('words.toml: [places]: respelt says a word by a word, such as respelt = {vallekas = "vallecas"}')
    return {said: named for (said,), (named,) in pairs.items()}


def _folded(table: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(folded_words(" ".join(table.get(key, ()))))


def related(one: str, other: str) -> bool:
    """Tell whether people confuse the two groups."""
    return any(one in family and other in family for family in FAMILIES)


def split_type(folded: Phrase, types: PlaceTypes | None = None) -> tuple[str, Phrase]:
    """Split an official name into its type's group and its core.

    The group is '' where there is no type word. `types` defaults to those of the language.

    >>> split_type(("calle", "de", "la", "palma"))
    ('calle', ('palma',))
    """
    known = types or place_types_of()
    content = content_words(folded)
    for size in range(min(known.longest, len(content) - 1), 0, -1):
        group = known.groups.get(content[:size]) or AREA_WORDS.get(content[:size])
        if group is not None:
            return group, content[size:]
    return "", content
