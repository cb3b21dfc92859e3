"""Take, hand over and watch cases, and record who views them."""

from core.errors import ChangeRefusedError
from ledger import read
from ledger.cases import ownership
from pipeline.context import Context, now


def take(context: Context, case_key: str, who: str, why: str = "", seen: int | None = None) -> None:
    """Take a case: the person works on it from now on. `seen` is the revision the person looked at.

    Raises:
        StaleError: the case was changed since, for example taken by a colleague.
        ConfigurationError: there is no such case, or it was merged into another one.
    """
    ownership.assign_to(context.ledger, case_key, who, who, why, now(), seen)


def hand_over(context: Context, case_key: str, to: str, who: str, why: str, seen: int | None = None) -> None:
    """Give a case to a colleague; empty: to no one.

    Raises:
        ConfigurationError: the colleague has no account, a disabled one, or one that only reads.
        StaleError: the case was changed since.
    """
    if to and to not in colleagues(context):
        raise ChangeRefusedError("'{user}' cannot work on cases: choose one of {users}", user=to, users=tuple(colleagues(context)))
    ownership.assign_to(context.ledger, case_key, to or None, who, why, now(), seen)


def colleagues(context: Context) -> list[str]:
    """Return the names of the users who can work on cases."""
    return sorted(one.name for one in read.users(context.ledger) if not one.disabled and one.role in WORKING)


WORKING = frozenset({"agent", "lead", "admin"})
"""Roles that work on cases."""


def watch(context: Context, case_key: str, who: str) -> None:
    """Inform a user of every change of a case from now on."""
    ownership.watch(context.ledger, case_key, who, now())


def unwatch(context: Context, case_key: str, who: str) -> None:
    """Inform a user of the changes of a case no longer."""
    ownership.watch(context.ledger, case_key, who, now(), watching=False)


def open_page(context: Context, case_key: str, who: str) -> list[str]:
    """Record that a user has opened a case.

    Returns the colleagues who have it open too.
    """
    return ownership.note_viewer(context.ledger, case_key, who, now())
