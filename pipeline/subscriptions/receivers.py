"""Decide who gets the mails of a subscription, and whether they may."""

from core.errors import ChangeRefusedError
from core.records.subscription import Subscription
from ledger import read
from ledger.database import Ledger

SENDS_OUTSIDE = ("lead", "admin")
"""Roles that may subscribe an address outside the desk."""
NO_ADDRESS = "Your account has no mail address. An administrator sets it with: escucha user {user} --mail ADDRESS"
NOT_OUTSIDE = "Only a lead or an administrator subscribes an address outside the desk."


def receiver(ledger: Ledger, one: Subscription) -> str:
    """Return the address that gets the mails now.

    Raises:
        ChangeRefusedError: says why there is none; the account may have been disabled, or lost its role.
    """
    if not read.has_users(ledger):
        if one.address is None:
            raise ChangeRefusedError("This desk has no users: give an address.")
        return one.address
    owner = read.user(ledger, one.owner)
    if owner is None or owner.disabled:
        raise ChangeRefusedError("The account {user} is disabled or was removed.", user=one.owner)
    if one.address is not None:
        if owner.role not in SENDS_OUTSIDE:
            raise ChangeRefusedError(NOT_OUTSIDE)
        return one.address
    if owner.mail is None:
        raise ChangeRefusedError(NO_ADDRESS, user=one.owner)
    return owner.mail
