"""Bind a ledger to the profile of its city.

So that no other city's is run on it. The profile is named by its file, without the ending, and by the name of its city: the file may move,
and another city's file of the same name is refused.
"""

from typing import NamedTuple

from sqlalchemy import Connection, select, update

from core.errors import LedgerMismatchError
from ledger import schema
from ledger.database.connection import insert

PROFILE = "profile"
CITY = "city"
"""The names in `meta`."""

_meta, _changes = schema.meta.c, schema.profile_changes.c


class Owner(NamedTuple):
    """Name the profile to which a ledger belongs."""

    profile: str
    """Its file, without the ending."""
    city: str
    """The name of its city, as the file gives it."""


def bind(connection: Connection, owner: Owner) -> None:
    """Bind a ledger that has no profile; a second profile is refused.

    A ledger of an older Escucha belongs to the profile whose settings it keeps, else to this one; one bound without a city takes its name.

    Raises:
        LedgerMismatchError: it belongs to another profile.
    """
    profile = _of_settings(connection, owner.profile) or owner.profile
    rows = [{"name": PROFILE, "value": profile}, {"name": CITY, "value": owner.city}]
    connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), rows)
    check(connection, owner)


def check(connection: Connection, owner: Owner) -> None:
    """Refuse a profile to which the ledger does not belong.

    Raises:
        LedgerMismatchError: says what to do.
    """
    _check_profile(connection, owner.profile)
    city = _bound(connection, CITY)
    if city is not None and city != owner.city:
        raise LedgerMismatchError(
            f"this ledger belongs to the city '{city}', not to '{owner.city}', though both profiles are named '{owner.profile}': its posts "
            "and cases are another city's. Give each city a file and a home of its own (ESCUCHA_HOME=var/NAME, and ESCUCHA_LEDGER_URL if "
            f"you set it). Only if the same city changed its name: escucha rebind {owner.profile} --city .../{owner.profile}.toml"
        )


def _check_profile(connection: Connection, profile: str) -> None:
    bound = bound_profile(connection) or _of_settings(connection, profile)
    if bound is not None and bound != profile:
        raise LedgerMismatchError(
            f"this ledger belongs to the profile '{bound}', not to '{profile}': its posts and cases are another city's. Give each city "
            f"a home of its own (ESCUCHA_HOME=var/{profile}, and ESCUCHA_LEDGER_URL if you set it). Only if the file of the same city was "
            f"renamed: escucha rebind {bound} --city .../{profile}.toml"
        )


def bound_profile(connection: Connection) -> str | None:
    """Return the profile to which the ledger belongs; None: not bound yet."""
    return _bound(connection, PROFILE)


def _bound(connection: Connection, name: str) -> str | None:
    found = connection.execute(select(_meta.value).where(_meta.name == name)).scalar_one_or_none()
    return None if found is None else str(found)


def rebind(connection: Connection, old: str, new: Owner) -> None:
    """Bind the ledger to another profile.

    The settings made on the desk go with it.

    Raises:
        LedgerMismatchError: it does not belong to `old`.
    """
    _check_profile(connection, old)
    for name, value in ((PROFILE, new.profile), (CITY, new.city)):
        statement = insert(connection, schema.meta).values(name=name, value=value)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
    if new.profile == old:
        return
    taken = select(_changes.section).where(_changes.profile == new.profile)
    moved = update(schema.profile_changes).where(_changes.profile == old, _changes.section.not_in(taken))
    connection.execute(moved.values(profile=new.profile))


def _of_settings(connection: Connection, profile: str) -> str | None:
    """Return the profile whose settings the ledger keeps; this one before others."""
    found = set(connection.execute(select(_changes.profile).distinct()).scalars())
    return None if not found or profile in found else min(found)
