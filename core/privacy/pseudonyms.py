"""Keyed hashes and encryption: how ids and authors become pseudonyms, and how an original link is locked away."""

import base64
import hashlib
import hmac
import json
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken

from core.errors import LedgerMismatchError

HEX_DIGITS = 32
"""128 bits: two of a thousand million posts share an id with a chance below 1e-20."""


def keyed_hash(salt: bytes, purpose: str, text: str) -> str:
    """HMAC-SHA256 of `text` under the salt, apart for each purpose; 32 hex digits."""
    message = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(salt, message, hashlib.sha256).hexdigest()[:HEX_DIGITS]


def post_id(salt: bytes, source: str, native_id: str) -> str:
    """The id under which the ledger knows a message."""
    return keyed_hash(salt, "post", f"{source}:{native_id}")


def pseudonym(salt: bytes, source: str, author_id: str) -> str:
    """The name under which the ledger knows an author."""
    return keyed_hash(salt, "author", f"{source}:{author_id}")


def salt_check(salt: bytes) -> str:
    """What a ledger keeps of its salt, to notice another one."""
    return keyed_hash(salt, "check", "escucha")


@lru_cache(maxsize=4)
def _lock(salt: bytes) -> Fernet:
    key = hmac.new(salt, b"origin", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal_origin(salt: bytes, native_id: str, url: str | None) -> str:
    """The native id and the link of a message, encrypted."""
    return _lock(salt).encrypt(json.dumps([native_id, url]).encode()).decode()


def open_origin(salt: bytes, origin: str) -> tuple[str, str | None]:
    """The native id and the link of a sealed origin.

    Raises:
        LedgerMismatchError: it was sealed with another salt.
    """
    try:
        native_id, url = json.loads(_lock(salt).decrypt(origin.encode()))
    except InvalidToken:
        raise LedgerMismatchError(
            "this origin was sealed with another ESCUCHA_SALT: set the one this ledger was made with"
        ) from None
    return native_id, url
