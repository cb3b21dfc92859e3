"""Find the interface languages: English, and those that `locale/*/part.toml` offers.

Staff and citizens may have different ones: a language counts where its manifest offers the room, which tests allow for complete catalogues
only.
"""

from functools import lru_cache

from core.parts import languages

STAFF = "desk"
"""The room whose catalogue makes a language one of staff, of reports and of alarms."""
SOURCE = "en"
"""Language of the texts in the code; it needs no folder."""
NAMES = {SOURCE: "English", **{code: one.name[code] for code, one in languages().items()}}
"""How each language calls itself."""
REGIONS = {"en": "en_GB"}
"""Locales of numbers and dates where they differ from the language: European cities use British English."""


@lru_cache(maxsize=8)
def interface_languages(room: str = STAFF) -> tuple[str, ...]:
    """Return the languages of this installation, for staff or of another room.

    English is last.

    >>> "ca" in interface_languages(), "gl" in interface_languages(), "gl" in interface_languages("portal")
    (True, False, True)
    """
    return (*sorted(code for code, one in languages().items() if room in one.offered), SOURCE)


def check_language(language: str, room: str = STAFF) -> str:
    """Return an interface language unchanged.

    Raises:
        ValueError: there are no texts in it.
    """
    known = interface_languages(room)
    if language not in known:
        raise ValueError(f"there are no texts in '{language}'; known: {', '.join(known)}")
    return language


def requested_languages(header: str) -> list[str]:
    """Return the languages of an `Accept-Language` header, in its order.

    >>> requested_languages("ast-ES, ca-valencia;q=0.9,EN;q=0.5")
    ['ast', 'ca', 'en']
    """
    return [wish.split(";")[0].split("-")[0].strip().lower() for wish in header.split(",")]


def locale_of(language: str) -> str:
    """Return the locale of numbers and dates.

    >>> locale_of("en"), locale_of("es")
    ('en_GB', 'es')
    """
    return REGIONS.get(language, language)
