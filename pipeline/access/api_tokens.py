"""Make, list, check and revoke tokens of systems that only read.

A token is 256 random bits, shown once; the ledger holds its SHA-256, for which a slow hash would add nothing.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, get_args

from core.errors import ChangeRefusedError
from ledger.database import Ledger
from ledger.system import api_tokens
from ledger.system.api_tokens import ApiToken
from pipeline.context import now

__all__ = ["SCOPES", "ApiToken", "Scope"]

Scope = Literal["posts", "cases", "figures", "operations"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""posts: redacted posts and their counts; cases; figures: what the portal publishes; operations: warnings and sources."""
PREFIX = "esc_"
"""Starts every token, so that scanners for leaked secrets can find one."""
MAX_TOKEN = 200
MAX_DAYS = 730
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def make(ledger: Ledger, name: str, scopes: Sequence[str], days: int, who: str) -> str:
    """Make a token and return it; it is stored nowhere.

    Args:
        ledger: the open ledger.
        name: of the system that gets it; never used again.
        scopes: what it may read, one or more of SCOPES.
        days: of validity, 1 to 730.
        who: the person that makes it.

    Raises:
        ChangeRefusedError: a name, scope or number of days that is not valid, or a name that was used before.
    """
    if not _NAME.fullmatch(name):
        raise ChangeRefusedError("The name of a token has small letters, digits and -, at most 40: such as dashboard.")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise ChangeRefusedError("A token needs one or more rights to read: {token_scope}.", token_scope=SCOPES)
    if not 1 <= days <= MAX_DAYS:
        raise ChangeRefusedError("A token is valid for 1 to {longest} days.", longest=MAX_DAYS)
    token, moment = f"{PREFIX}{secrets.token_urlsafe(32)}", now()
    row = ApiToken(
        name=name, digest=_digest(token), scopes=frozenset(scopes), made_by=who, made_at=moment, expires_at=moment + timedelta(days=days)
    )
    api_tokens.add(ledger, row)
    return token


def revoke(ledger: Ledger, name: str, who: str) -> bool:
    """Revoke a token at once; return False when it was revoked already.

    Raises:
        ChangeRefusedError: there is no token with this name.
    """
    return api_tokens.revoke(ledger, name, who, now())


def list_tokens(ledger: Ledger) -> list[ApiToken]:
    """List all tokens, by name; the tokens themselves are not known."""
    return api_tokens.list_tokens(ledger)


def check(ledger: Ledger, given: str) -> ApiToken | None:
    """Return the valid token, or None: unknown, expired or revoked."""
    if not given.startswith(PREFIX) or len(given) > MAX_TOKEN:
        return None
    found = api_tokens.find(ledger, _digest(given))
    return found if found is not None and found.is_valid(now()) else None


def note_use(ledger: Ledger, token: ApiToken, what: str, subject: str, query: str) -> None:
    """Audit what a token read: how, what, and with which filters."""
    api_tokens.note_use(ledger, token, what, subject, query, now())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
