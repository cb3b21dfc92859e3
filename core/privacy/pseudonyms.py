"""Derive pseudonyms by keyed hashing, and encrypt the link to the original."""

import base64
import hashlib
import hmac
import json
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken

from core.errors import LedgerMismatchError

HEX_DIGITS = 32
"""128 bits: the probability that two of 10^9 posts share an id is below 1e-20."""


def keyed_hash(salt: bytes, purpose: str, text: str) -> str:
    """Compute the HMAC-SHA256 of a purpose and a text, 32 hex digits.

    >>> keyed_hash(b"0123456789abcdef", "post", "x:1")
    'c5840d0da6a8807d3ee7b768dc15f5ae'
    """
    message = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(salt, message, hashlib.sha256).hexdigest()[:HEX_DIGITS]


def post_id(salt: bytes, source: str, native_id: str) -> str:
    """Return the ledger's id of a message."""
    return keyed_hash(salt, "post", f"{source}:{native_id}")


def pseudonym(salt: bytes, source: str, author_id: str) -> str:
    """Return the ledger's pseudonym of an author."""
    return keyed_hash(salt, "author", f"{source}:{author_id}")


def salt_check(salt: bytes) -> str:
    """Return the hash by which a ledger detects a different salt."""
    return keyed_hash(salt, "check", "escucha")


@lru_cache(maxsize=4)
def _cipher(salt: bytes, purpose: bytes = b"origin") -> Fernet:
    key = hmac.new(salt, purpose, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def encrypt_origin(salt: bytes, native_id: str, url: str | None) -> str:
    """Encrypt the native id and the link of a message."""
    return _cipher(salt).encrypt(json.dumps([native_id, url]).encode()).decode()


def decrypt_origin(salt: bytes, origin: str) -> tuple[str, str | None]:
    """Decrypt an origin to the message's native id and link.

    Raises:
        LedgerMismatchError: it was encrypted with another salt.
    """
    try:
        native_id, url = json.loads(_cipher(salt).decrypt(origin.encode()))
    except InvalidToken:
        raise LedgerMismatchError("this origin was encrypted with another ESCUCHA_SALT: set the one this ledger was made with") from None
    return native_id, url


def encrypt_contact(salt: bytes, address: str) -> str:
    """Encrypt an address that a citizen gave, with its own key."""
    return _cipher(salt, b"contact").encrypt(address.encode()).decode()


def decrypt_contact(salt: bytes, encrypted: str) -> str:
    """Decrypt such an address.

    Raises:
        LedgerMismatchError: it was encrypted with another salt.
    """
    try:
        return _cipher(salt, b"contact").decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise LedgerMismatchError("this contact was encrypted with another ESCUCHA_SALT: set the one this ledger was made with") from None


def contact_hash(salt: bytes, address: str) -> str:
    """Return the keyed hash by which an address is found again.

    >>> contact_hash(b"0123456789abcdef", "Ana@Example.org") == contact_hash(b"0123456789abcdef", " ana@example.org")
    True
    """
    return keyed_hash(salt, "contact", address.strip().casefold())
