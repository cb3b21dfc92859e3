"""Users of the desk: who may be called what, which passwords do, and log-in. Passwords are stored as Argon2 hashes only."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import ConfigurationError
from desk.auth.passwords import refusal
from desk.auth.security import RIGHTS, User
from ledger import read
from ledger.read import Ledger
from pipeline import accounts, casework

RESERVED = frozenset({"desk", "system", "machine", "escucha", "console", "unknown", "casebook", "person"})
"""Names that stand for no person in history and audit."""
BAD_NAME = "The name needs 2 to 41 small letters, digits, dots, - and _, and begins with a letter or digit."
RESERVED_NAME = "This name stands for Escucha itself in the history of cases: choose another one."
BAD_ROLE = "There is no such role: reader, agent or admin."
WRONG_PASSWORD = "Your present password is wrong."  # noqa: S105  a sentence, no password
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("a password that nobody has")


def set_user(
    ledger: Ledger, name: str, password: str, role: str, city: str = "", who: str | None = None, *, new: bool = False
) -> None:
    """Make a user, or give one a new password and role; with `new`, refuse a name that is taken.

    Raises:
        ConfigurationError: name, role or password do not do; the message says why.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,40}", name):
        raise ConfigurationError(BAD_NAME)
    if name in RESERVED:
        raise ConfigurationError(RESERVED_NAME)
    check_role(role)
    casework.set_user(ledger, name, hashed(password, name, city), role, who or accounts.operator(), new=new)


def check_role(role: str) -> None:
    """Refuse a role that does not exist.

    Raises:
        ConfigurationError: names those that do.
    """
    if role not in RIGHTS:
        raise ConfigurationError(BAD_ROLE)


def hashed(password: str, name: str, city: str) -> str:
    """The hash of a new password.

    Raises:
        ConfigurationError: the password is easy to guess; the message says why.
    """
    why = refusal(password, name, city)
    if why is not None:
        raise ConfigurationError(why)
    return _hasher.hash(password)


def log_in(ledger: Ledger, name: str, password: str) -> User | None:
    """The user, when name and password are right; takes as long when there is no such user, or a disabled one."""
    stored = read.user(ledger, name)
    try:
        _hasher.verify(stored.password_hash if stored else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return User(stored.name, stored.role) if stored and not stored.disabled else None
