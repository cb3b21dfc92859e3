"""Bind a ledger to the profile of its city.

So that no other city's is run on it. The profile is named by its file, without the ending, and by the name of its city: the file may move,
and another city's file of the same name is refused.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import Connection, select, union, update

from core.errors import LedgerMismatchError
from ledger import schema
from ledger.database.connection import insert

PROFILE = "profile"
CITY = "city"
"""The names in `meta`."""
NAMED = 5
"""Districts that a refusal names."""

_meta, _changes = schema.meta.c, schema.profile_changes.c


class Owner(NamedTuple):
    """Name the profile to which a ledger belongs."""

    profile: str
    """Its file, without the ending."""
    city: str
    """The name of its city, as the file gives it."""
    districts: Callable[[], Collection[str]] = tuple
    """Returns the names of its districts; asked of a ledger that is not bound."""


def bind(connection: Connection, owner: Owner) -> None:
    """Bind a ledger that has no profile; a second profile is refused.

    A ledger of an older Escucha belongs to the profile whose settings it keeps, else to this one, if its posts and cases name this city's
    districts; one bound without a city takes its name.

    Raises:
        LedgerMismatchError: it belongs to another profile.
    """
    if bound_to(connection) is None:
        check(connection, owner)
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
    if city is None:
        _check_districts(connection, owner)
    if city is not None and city != owner.city:
        raise LedgerMismatchError(
            f"this ledger belongs to the city '{city}', not to '{owner.city}', though both profiles are named '{owner.profile}': its posts "
            "and cases are another city's. Give each city its own profile and state folder (ESCUCHA_HOME=var/NAME, and ESCUCHA_LEDGER_URL "
            f"if you set it). Only if the same city changed its name: escucha rebind {owner.profile} --city .../{owner.profile}.toml"
        )


def _check_profile(connection: Connection, profile: str) -> None:
    bound = bound_profile(connection) or _of_settings(connection, profile)
    if bound is not None and bound != profile:
        raise LedgerMismatchError(
            f"this ledger belongs to the profile '{bound}', not to '{profile}': its posts and cases are another city's. Give each city "
            f"its own state folder (ESCUCHA_HOME=var/{profile}, and ESCUCHA_LEDGER_URL if you set it). Only if the file of the same city "
            f"was renamed: escucha rebind {bound} --city .../{profile}.toml"
        )


def _check_districts(connection: Connection, owner: Owner) -> None:
    """Refuse a ledger whose posts and cases name another city's districts.

    Most of them, since cities share names such as Centro. A ledger or a city without districts tells nothing.
    """
    posts, cases = schema.labels.c.district, schema.cases.c.district
    named = union(select(posts).where(posts.is_not(None)), select(cases).where(cases.is_not(None)))
    found = set(connection.execute(named).scalars())
    known = set(owner.districts()) if found else set()
    strange = sorted(found - known)
    if known and 2 * len(strange) > len(found):
        raise LedgerMismatchError(
            f"this ledger was made before ledgers were bound to a city, and it is not {owner.city}'s: its posts and cases are in "
            f"{', '.join(strange[:NAMED])}. Open it with the profile of its city. Only if it is the same city and its districts changed "
            f"their names: escucha rebind {owner.profile} --city .../{owner.profile}.toml"
        )


def bound_to(connection: Connection) -> Owner | None:
    """Return to whom the ledger is bound; None: not bound yet."""
    profile, city = _bound(connection, PROFILE), _bound(connection, CITY)
    return None if profile is None or city is None else Owner(profile, city)


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
