"""Sign the address by which a reader unsubscribes without a log-in."""

import hmac

from core.config.settings import Settings
from core.privacy.pseudonyms import keyed_hash


def signature(salt: bytes, id_: str) -> str:
    """Return the secret part of a subscription's address."""
    return keyed_hash(salt, "unsubscribe", id_)


def unsubscribe_address(settings: Settings, salt: bytes, id_: str) -> str:
    """Return the address that ends a subscription."""
    return f"{settings.desk_address}/unsubscribe/{id_}/{signature(salt, id_)}"


def is_signed(salt: bytes, id_: str, given: str) -> bool:
    """Tell whether this is the signature of the subscription."""
    return hmac.compare_digest(signature(salt, id_).encode(), given.encode("utf-8", "surrogatepass"))
