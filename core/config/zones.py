"""Validate the names of time zones in a profile."""

from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from core.errors import RefusedValueError

ZONES = cache(available_timezones)
"""All names; the search reads some hundred files, and a process loads many profiles."""


OF_SPAIN = ("Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta")


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is no such zone.
    """
    if name not in ZONES():
        near = get_close_matches(name, ZONES(), n=3, cutoff=0.7)
        raise RefusedValueError("not a time zone; such as: {zones}", zones=tuple(dict.fromkeys((*near, *OF_SPAIN))))
    return name
