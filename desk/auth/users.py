"""Manage users: names, passwords and log-in.

Passwords are stored as Argon2 hashes only.
"""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import ConfigurationError
from desk.auth.passwords import refusal
from desk.auth.security import RIGHTS, User
from ledger import read
from ledger.read import Ledger
from pipeline import casework
from pipeline.access import accounts

RESERVED = frozenset({"desk", "system", "machine", "escucha", "console", "unknown", "casebook", "person"})
"""Names that are not persons in the history and the audit log."""
BAD_NAME = "The name must have 2 to 41 lower-case letters, digits, dots, - and _, and begin with a letter or digit."
RESERVED_NAME = "This name is reserved for Escucha itself: choose another one."
BAD_ROLE = "Unknown role: use reader, agent or admin."
WRONG_PASSWORD = "Your current password is wrong."  # noqa: S105  a message, not a password
_hasher = PasswordHasher()
_DUMMY_HASH = _hasher.hash("a password that no user has")


def set_user(ledger: Ledger, name: str, password: str, role: str, city: str = "", who: str | None = None, *, new: bool = False) -> None:
    """Create a user, or set a user's password and role.

    With `new`, a name that is taken is refused.

    Raises:
        ConfigurationError: name, role or password is not acceptable; the message says why.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,40}", name):
        raise ConfigurationError(BAD_NAME)
    if name in RESERVED:
        raise ConfigurationError(RESERVED_NAME)
    check_role(role)
    casework.set_user(ledger, name, hash_password(password, name, city), role, who or accounts.operator(), new=new)


def check_role(role: str) -> None:
    """Refuse an unknown role.

    Raises:
        ConfigurationError: names the roles.
    """
    if role not in RIGHTS:
        raise ConfigurationError(BAD_ROLE)


def hash_password(password: str, name: str, city: str) -> str:
    """Return the hash of a new password.

    Raises:
        ConfigurationError: the password is easy to guess; the message says why.
    """
    reason = refusal(password, name, city)
    if reason is not None:
        raise ConfigurationError(reason)
    return _hasher.hash(password)


def log_in(ledger: Ledger, name: str, password: str) -> User | None:
    """Return the user if name and password are right, else None.

    It takes as long for an unknown or a disabled user.
    """
    stored = read.user(ledger, name)
    try:
        _hasher.verify(stored.password_hash if stored else _DUMMY_HASH, password)
    except (VerificationError, InvalidHashError):
        return None
    return User(stored.name, stored.role) if stored and not stored.disabled else None
