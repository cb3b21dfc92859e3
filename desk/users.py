"""Users of the desk: passwords are stored as Argon2 hashes only."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import ConfigurationError
from desk.security import RIGHTS, User
from escucha import casebook
from ledger import read
from ledger.open import Ledger

MIN_PASSWORD = 10
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("a password that nobody has")


def set_user(ledger: Ledger, name: str, password: str, role: str) -> None:
    """Make a user, or give one a new password and role.

    Raises:
        ConfigurationError: name or password do not do.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,40}", name):
        raise ConfigurationError(f"user {name}: use small letters, digits, dot, - and _ only")
    if len(password) < MIN_PASSWORD:
        raise ConfigurationError(
            f"user {name}: the password needs at least {MIN_PASSWORD} characters (one line on standard input)"
        )
    if role not in RIGHTS:
        raise ConfigurationError(f"user {name}: role '{role}' is not one of {', '.join(RIGHTS)}")
    casebook.set_user(ledger, name, _hasher.hash(password), role)


def log_in(ledger: Ledger, name: str, password: str) -> User | None:
    """The user, when name and password are right; takes as long when there is no such user."""
    stored = read.user(ledger, name)
    try:
        _hasher.verify(stored.password_hash if stored else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return User(stored.name, stored.role) if stored else None
