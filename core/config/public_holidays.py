"""Validate the country and region whose public holidays count."""

import holidays
from pydantic import ValidationInfo

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


def known_region(region: str | None, info: ValidationInfo) -> str | None:
    """Return the code of a region of the country.

    None where it is empty.

    Raises:
        ValueError: the country has no such region; the message lists those it has.
    """
    country = info.data.get("country")
    if not region or country is None:  # a wrong country is its own error
        return region or None
    regions = holidays.list_supported_countries()[country]
    if region not in regions:
        known = tuple(one for one in regions if len(one) <= LONGEST_CODE)
        raise RefusedValueError("there is no such region in this country; known: {regions}", regions=known)
    return region
