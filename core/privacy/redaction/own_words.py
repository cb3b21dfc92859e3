"""Hold the words of one city, such as its companies, for redaction.

They stand in table `[redaction]` of `words.toml` in the city's folder; the words of every city of the country are in its locale.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import ConfigurationError
from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.persons.lexicon import NEVER, OFFICES, PLACES, RELATIVES, SAINTS
from core.privacy.redaction.words import word_set

KEYS = ("bodies", "sites", "no_names", "known_persons")
_PAGE = r"(?::\d+)?(?:/(?!(?:\S*[?&](?!id=BOE)))\S*)?\Z"
"""A page of a public body; one with a query may identify a person's file, so it is redacted, except a law's number."""
_COUNCILS = r"ayto-[\w\-]+\.es|ayuntamiento[\w\-]*\.(?:es|org|com)"
_SITES = word_set("handles", "public_sites")
_KNOWN = word_set("persons.context", "public_alone")


class OwnWords:
    """Hold the words of one city, joined to those of the country.

    Args:
        bodies: names of bodies, as people write them: a landline after one is public.
        sites: domains of bodies of the city: their pages stay.
        no_names: words that are no part of a person's name.
        known_persons: surnames, or first names, by which everybody knows an office holder: they stay.
    """

    def __init__(
        self, bodies: Iterable[str] = (), sites: Iterable[str] = (), no_names: Iterable[str] = (), known_persons: Iterable[str] = ()
    ) -> None:
        some = "|".join(r"\s?".join(map(re.escape, fold_characters(one).split())) for one in bodies)
        self.body = re.compile(rf"\b(?:{some})\b[^.;\n]{{0,45}}\Z") if some else None
        """Matches folded text that ends soon after the name of a body; None without names."""
        domains = "|".join([*map(re.escape, sorted({*_SITES, *(one.lower() for one in sites)})), _COUNCILS])
        self.official = re.compile(rf"(?:https?://)?(?:[\w\-]+\.)*(?:{domains}){_PAGE}", re.IGNORECASE)
        """Matches the address of a public body's page."""
        self.no_names = frozenset(map(fold_characters, no_names))
        self.never = NEVER | self.no_names
        self.no_surname = self.never | PLACES | OFFICES | RELATIVES | SAINTS
        self.known_alone = _KNOWN | {fold_characters(one) for one in known_persons}

    def is_body(self, before: str) -> bool:
        """Return whether a body of the city is named just before.

        >>> OwnWords(bodies=["Sevilla Atiende"]).is_body("llame a sevilla atiende, al ")
        True
        """
        return self.body is not None and self.body.search(fold_characters(before)) is not None


NO_WORDS = OwnWords()


def own_words(table: Mapping[str, Any]) -> OwnWords:
    """Return the words in `[redaction]` of a city's `words.toml`.

    Raises:
        ConfigurationError: the table is wrong.
    """
    if not isinstance(table, Mapping):
        raise ConfigurationError('words.toml: [redaction] is a table, such as [redaction] and under it bodies = ["Tussam"]')
    if unknown := sorted(set(table) - set(KEYS)):
        raise ConfigurationError(f"words.toml: [redaction]: no key {unknown[0]!r}; there are {', '.join(KEYS)}")
    for key, words in table.items():
        if not isinstance(words, list) or not all(isinstance(one, str) and one.strip() for one in words):
            raise ConfigurationError(f'words.toml: [redaction]: {key} is a list of words, such as {key} = ["{_EXAMPLES[key]}"]')
    return OwnWords(**table) if table else NO_WORDS


_EXAMPLES = {"bodies": "Tussam", "sites": "tussam.es", "no_names": "sevilla", "known_persons": "espadas"}
