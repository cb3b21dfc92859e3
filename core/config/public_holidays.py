"""Validate the country and region whose public holidays count."""

import unicodedata

import holidays
from pydantic import ValidationInfo

from core.config.word_lists import locale_words
from core.errors import RefusedValueError

LONGEST_CODE = 3
"""Characters of the code of a region; the package lists names of some beside their codes."""


def known_country(country: str) -> str:
    """Return the code of a country whose public holidays are known.

    Raises:
        ValueError: they are not.
    """
    if country not in holidays.list_supported_countries():
        raise RefusedValueError("there is no calendar of public holidays of this country: enter its two letters, such as ES")
    return country


def check_region(region: str, country: str) -> str:
    """Return the code of a region whose public holidays are known.

    Raises:
        ValueError: the country has no such region; the message lists those it has.
    """
    regions = holidays.list_supported_countries()[country]
    if region not in regions:
        known = tuple(one for one in regions if len(one) <= LONGEST_CODE)
        raise RefusedValueError("there is no such region in this country; known: {regions}", regions=known)
    return region


def known_region(region: str | None, info: ValidationInfo) -> str | None:
    """Return the code of a region of the country.

    None where it is empty.

    Raises:
        ValueError: the country has no such region; the message lists those it has.
    """
    country = info.data.get("country")
    return check_region(region, country) if region and country else region or None  # a wrong country is its own error


def region_of(place: str) -> str | None:
    """Return the code of a Spanish region by a name.

    The name is its own, or that of a province or capital; None: no such name is known.

    >>> region_of("zaragoza"), region_of("Comunitat Valenciana"), region_of("Villarrío")
    ('AR', 'VC', None)
    """
    wanted = _plain(place)
    return next((code for code, names in locale_words("regions").items() if wanted in map(_plain, names)), None)


def _plain(name: str) -> str:
    """Return a name without accents, capitals and hyphens."""
    letters = unicodedata.normalize("NFD", name.casefold().replace("-", " "))
    return "".join(one for one in letters if not unicodedata.combining(one))
