"""Derive ticket numbers and Message-IDs from case keys; pure functions."""

import base64
import hashlib
import re

NUMBER = re.compile(r"\bESC-[A-Z2-7]{12}\b", re.IGNORECASE)


def number_of(key: str) -> str:
    """Derive the ticket number of a case; it never changes.

    60 bits of a hash: a key may hold characters that a subject cannot.

    >>> number_of("case:1")
    'ESC-3Q2LZFJSR5SX'
    """
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=10).digest()
    return f"ESC-{base64.b32encode(digest).decode()[:12]}"


def message_id(number: str, note_key: str, sender: str) -> str:
    """Build the Message-ID of a case or of a note.

    `note_key` is empty for the case. The same message sent again has the same id, so that mail systems drop the copy.

    >>> message_id("ESC-3Q2LZFJSR5SX", "", "escucha@ayto.example")
    '<esc-3q2lzfjsr5sx.case@ayto.example>'
    """
    part = "case" if not note_key else number_of(note_key).removeprefix("ESC-").lower()
    return f"<{number.lower()}.{part}@{domain_of(sender)}>"


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()
