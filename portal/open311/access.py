"""Say which system sends something: its key, and how often it may."""

from dataclasses import dataclass, field

from starlette.requests import Request

from core.web.rate_limits import RateLimit
from portal.open311.answers import RefusedRequestError, caller_of
from portal.open311.keys import Key, find_key


@dataclass
class Senders:
    """Identify the systems that have a key; one per process."""

    keys: tuple[Key, ...] = ()
    failed_keys: RateLimit = field(default_factory=lambda: RateLimit(10, 60))
    """Wrong keys per address."""
    sent: RateLimit = field(default_factory=lambda: RateLimit(60, 60))
    """New requests and updates per key."""

    def key(self, request: Request, given: str) -> Key:
        """Return the key of this text.

        Raises:
            RefusedRequestError: 403 without a valid key, 429 after too many wrong ones.
        """
        if not self.keys:
            raise RefusedRequestError(403, "this server takes no new requests: it has no keys yet")
        if not given:
            raise RefusedRequestError(403, "api_key is missing")
        key = find_key(self.keys, given)
        if key is None:
            known = self.failed_keys.admits(caller_of(request))
            raise (
                RefusedRequestError(403, "api_key is not valid here")
                if known
                else RefusedRequestError(429, "too many wrong keys: wait a minute")
            )
        return key

    def count(self, key: Key) -> None:
        """Count one more thing that the system sends.

        Raises:
            RefusedRequestError: 429, too many in a minute.
        """
        if not self.sent.admits(key.name):
            raise RefusedRequestError(429, "too many new requests with this api_key: wait a minute")
