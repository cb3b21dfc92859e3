"""Find the languages of texts: English, and the folders of `locale/`.

A folder with the catalogue of the desk is an interface language; one with that of the reports alone is a language of reports, whose
other texts are Spanish.
"""

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


def languages_in(folder: Path, room: str = "desk") -> tuple[str, ...]:
    """Return the languages with the catalogue of a room, English last."""
    found = {path.parent.name for path in folder.glob(f"*/{room}.po")}
    return (*sorted(found - {SOURCE}), SOURCE)


@lru_cache(maxsize=1)
def interface_languages() -> tuple[str, ...]:
    """Return the languages of this installation.

    >>> interface_languages()
    ('es', 'en')
    """
    return languages_in(ROOT / "locale")


@lru_cache(maxsize=1)
def report_languages() -> tuple[str, ...]:
    """Return the languages of reports.

    >>> report_languages()
    ('ca', 'es', 'eu', 'gl', 'en')
    """
    return languages_in(ROOT / "locale", "reports")


def check_language(language: str) -> str:
    """Return an interface language unchanged.

    Raises:
        ValueError: there are no texts in it.
    """
    if language not in interface_languages():
        raise ValueError(f"there are no texts in '{language}'; known: {', '.join(interface_languages())}")
    return language


def check_report_language(language: str) -> str:
    """Return a language of reports unchanged.

    Raises:
        ValueError: there are no reports in it.
    """
    if language not in report_languages():
        raise ValueError(f"there are no reports in '{language}'; known: {', '.join(report_languages())}")
    return language


def locale_of(language: str) -> str:
    """Return the locale of numbers and dates.

    >>> locale_of("en"), locale_of("es")
    ('en_GB', 'es')
    """
    return REGIONS.get(language, language)
