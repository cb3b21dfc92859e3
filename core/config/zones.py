"""Validate the names of time zones in a profile."""

from difflib import get_close_matches
from zoneinfo import available_timezones

from core.errors import RefusedValueError
from core.runtime.one_filler import one_filler

NO_PLACES = ("Etc/", "SystemV/")
"""Beginnings of names that are no place: `Etc/GMT+1` is an hour *behind* UTC, all year."""


@one_filler(maxsize=1)
def zones() -> frozenset[str]:
    """Return the names that mean the clock of a place, and UTC.

    The database also lists names that are no such clock: `Factory`, `localtime` (whatever the machine has), `EST` (never summer time).
    Kept: the search reads some hundred files, and a process loads many profiles.
    """
    return frozenset({"UTC", *(one for one in available_timezones() if "/" in one and not one.startswith(NO_PLACES))})


def any_zone(name: str) -> str:
    """Return the name of any clock of the database.

    Dates in a file may be written by `Etc/GMT-1`.

    Raises:
        ValueError: there is no such zone, or it is the clock of whatever machine reads it.
    """
    return name if name in available_timezones() - {"Factory", "localtime"} else known_zone(name)


OF_SPAIN = ("Europe/Madrid", "Atlantic/Canary", "Africa/Ceuta")


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is no such zone.
    """
    if name not in zones():
        near = get_close_matches(name, zones(), n=3, cutoff=0.7)
        raise RefusedValueError("not a time zone; such as: {zones}", zones=tuple(dict.fromkeys((*near, *OF_SPAIN))))
    return name
