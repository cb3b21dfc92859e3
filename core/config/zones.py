"""Validate the names of time zones in a profile."""

from functools import cache
from zoneinfo import available_timezones

ZONES = cache(available_timezones)
"""All names; the search reads some hundred files, and a process loads many profiles."""


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is no such zone.
    """
    if name not in ZONES():
        raise ValueError("not a time zone, such as 'Europe/Madrid'")
    return name
