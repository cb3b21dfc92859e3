"""List the words that separate persons from streets, offices and saints.

Also the words that announce a name.
"""

from core.config.word_lists import locale_folder
from core.privacy.redaction.words import word_set

_LISTS = locale_folder() / "persons"


def _lines(name: str) -> list[str]:
    text = (_LISTS / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_lines(name)).split())


FIRST = _words("first_names")
LAST = _words("surnames")
ORDINARY = _words("ordinary_names")
GIVEN_FIRST = word_set("persons.lexicon", "given_first")
"""Given names that are surnames too, but hardly ever alone."""
SURNAME_TOO = word_set("persons.lexicon", "surname_too")
"""Given names that are as often surnames: after a given name they count as a surname."""
PUBLIC = frozenset(_lines("public_persons"))
"""Historical persons and holders of public office: their names stay."""

PARTICLES = word_set("persons.lexicon", "particles")
SAINTS = word_set("persons.lexicon", "saints")
RULERS = word_set("persons.lexicon", "rulers")
PLACES = word_set("persons.lexicon", "places")
OPEN_PLACES = word_set("persons.lexicon", "open_places")
"""Those of PLACES that precede private names too: only a name that follows at once, or after `de`, belongs to the place."""
ARTS = word_set("persons.lexicon", "arts")
"""Words for public performers and works: a full name after them stays, unless it signs a text or is a neighbour's."""
OFFICES = word_set("persons.lexicon", "offices")
PRIVATE_CHAIR = word_set("persons.lexicon", "private_chair")
"""The chair of one of these is a neighbour, not an office holder: `la presidenta de la comunidad de vecinos`."""
NEVER = word_set("persons.lexicon", "never")
"""Words that are never part of a name, even in capitals."""
TITLES = word_set("persons.lexicon", "titles")
RELATIVES = word_set("persons.lexicon", "relatives")
GREETINGS = word_set("persons.lexicon", "greetings")
CLOSINGS = word_set("persons.lexicon", "closings")
SIGNED = word_set("persons.lexicon", "signed")
SAYING = word_set("persons.lexicon", "saying")
BEFORE_PLACE = word_set("persons.lexicon", "before_place")
