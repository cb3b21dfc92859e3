"""Bind a ledger to the profile of its city.

So that no other city's is run on it. The profile is named by its file, without the ending: its title may change, and the file may move.
"""

from sqlalchemy import Connection, select, update

from core.errors import LedgerMismatchError
from ledger import schema
from ledger.database.connection import insert

PROFILE = "profile"
"""The name in `meta`."""

_meta, _changes = schema.meta.c, schema.profile_changes.c


def bind(connection: Connection, profile: str) -> None:
    """Bind a ledger that has no profile; a second profile is refused.

    A ledger of an older Escucha belongs to the profile whose settings it keeps, else to this one.

    Raises:
        LedgerMismatchError: it belongs to another profile.
    """
    row = {"name": PROFILE, "value": _of_settings(connection, profile) or profile}
    connection.execute(insert(connection, schema.meta).on_conflict_do_nothing(), row)
    check(connection, profile)


def check(connection: Connection, profile: str) -> None:
    """Refuse a profile to which the ledger does not belong.

    Raises:
        LedgerMismatchError: says what to do.
    """
    bound = bound_profile(connection) or _of_settings(connection, profile)
    if bound is not None and bound != profile:
        raise LedgerMismatchError(
            f"this ledger belongs to the profile '{bound}', not to '{profile}': its posts and cases are another city's. Give each city "
            f"a home of its own (ESCUCHA_HOME=var/{profile}, and ESCUCHA_LEDGER_URL if you set it). Only if the file of the same city was "
            f"renamed: escucha rebind {bound} --city .../{profile}.toml"
        )


def bound_profile(connection: Connection) -> str | None:
    """Return the profile to which the ledger belongs; None: not bound yet."""
    found = connection.execute(select(_meta.value).where(_meta.name == PROFILE)).scalar_one_or_none()
    return None if found is None else str(found)


def rebind(connection: Connection, old: str, new: str) -> None:
    """Bind the ledger to another profile.

    The settings made on the desk go with it.

    Raises:
        LedgerMismatchError: it does not belong to `old`.
    """
    check(connection, old)
    row = {"name": PROFILE, "value": new}
    statement = insert(connection, schema.meta).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": new}))
    taken = select(_changes.section).where(_changes.profile == new)
    moved = update(schema.profile_changes).where(_changes.profile == old, _changes.section.not_in(taken))
    connection.execute(moved.values(profile=new))


def _of_settings(connection: Connection, profile: str) -> str | None:
    """Return the profile whose settings the ledger keeps; this one before others."""
    found = set(connection.execute(select(_changes.profile).distinct()).scalars())
    return None if not found or profile in found else min(found)
