"""Make and check the keys of systems that create requests.

The environment holds only their SHA-256: a key is 256 random bits, so a slow hash would add nothing. A key is revoked by removing its
entry from ESCUCHA_PORTAL_OPEN311_KEYS and restarting the portal. Making one, and what changed at each start, is in the audit log.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ConfigurationError
from core.records.annotation import TOPICS

VARIABLE = "ESCUCHA_PORTAL_OPEN311_KEYS"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HASH = re.compile(r"[0-9a-f]{64}")
MAX_KEY = 200


@dataclass(frozen=True)
class Key:
    """Hold the owner, hash and topics of a key."""

    name: str
    digest: str
    topics: frozenset[str]
    """Empty: all."""

    @property
    def fingerprint(self) -> str:
        """Return a digest of hash and topics.

        It changes when the key is replaced or allowed other topics.
        """
        return hashlib.sha256(f"{self.digest} {sorted(self.topics)}".encode()).hexdigest()[:16]

    def may(self, topic: str) -> bool:
        """Tell whether the key may create requests of this topic."""
        return not self.topics or topic in self.topics


def make_key(name: str, topics: Sequence[str] = ()) -> tuple[str, str]:
    """Return a new key, and its entry for the environment.

    Raises:
        ConfigurationError: the name or a topic is not valid.
    """
    key = f"o311_{secrets.token_urlsafe(32)}"
    entry = ":".join([name, _digest(key), *(["+".join(topics)] if topics else [])])
    read_keys(entry)
    return key, entry


def read_keys(text: str) -> tuple[Key, ...]:
    """Read the entries `NAME:HASH` or `NAME:HASH:TOPIC+TOPIC`, comma-separated.

    Raises:
        ConfigurationError: an entry is malformed, or a name is used twice.

    >>> read_keys("app:" + "0" * 64 + ":noise")[0].may("street_lighting")
    False
    """
    found = [_entry(one.strip()) for one in text.split(",") if one.strip()]
    names = [one.name for one in found]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise ConfigurationError(f"{VARIABLE}: two keys are named {repeated[0]}: give each its own name")
    return tuple(found)


def find_key(keys: Sequence[Key], given: str) -> Key | None:
    """Return the entry of a key; None when it is not known.

    All hashes are compared, each in constant time.
    """
    digest = _digest(given[:MAX_KEY])
    matches = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return matches[0] if matches and len(given) <= MAX_KEY else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(text: str) -> Key:
    name, _, rest = text.partition(":")
    digest, _, topics = rest.partition(":")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{VARIABLE}: '{name[:40]}' is not a name of small letters, digits and -")
    if not _HASH.fullmatch(digest):
        raise ConfigurationError(f"{VARIABLE}: {name} has no SHA-256 hash; make the entry with `escucha open311-key {name}`")
    listed = [topic for topic in topics.split("+") if topic]
    if unknown := [topic for topic in listed if topic not in TOPICS]:
        raise ConfigurationError(f"{VARIABLE}: {name}: unknown topic {unknown[0][:40]}; allowed: {', '.join(TOPICS)}")
    return Key(name, digest, frozenset(listed))
