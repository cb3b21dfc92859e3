"""Find the interface languages: English, and every folder of `locale/`."""

from functools import lru_cache
from pathlib import Path

from core.config.plugins import ROOT

SOURCE = "en"
"""Language of the texts in the code; it needs no folder."""
NAMES = {
    "ca": "Català", "de": "Deutsch", "en": "English", "es": "Español", "eu": "Euskara", "fr": "Français", "gl": "Galego", "it": "Italiano",
    "pt": "Português",
}  # fmt: skip
"""How each language calls itself; another one is shown by its code."""
REGIONS = {"en": "en_GB"}
"""Locales of numbers and dates where they differ from the language: European cities use British English."""


def languages_in(folder: Path) -> tuple[str, ...]:
    """Return the languages that have a folder with catalogues, and English last."""
    found = {path.parent.name for path in folder.glob("*/*.po")}
    return (*sorted(found - {SOURCE}), SOURCE)


@lru_cache(maxsize=1)
def interface_languages() -> tuple[str, ...]:
    """Return the languages of this installation.

    >>> interface_languages()
    ('es', 'en')
    """
    return languages_in(ROOT / "locale")


def check_language(language: str) -> str:
    """Return an interface language unchanged.

    Raises:
        ValueError: there are no texts in it.
    """
    if language not in interface_languages():
        raise ValueError(f"there are no texts in '{language}'; known: {', '.join(interface_languages())}")
    return language


def locale_of(language: str) -> str:
    """Return the locale of numbers and dates.

    >>> locale_of("en"), locale_of("es")
    ('en_GB', 'es')
    """
    return REGIONS.get(language, language)
