"""Tell loopback addresses, and list the host names of a server."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Return True for an address that only this machine can reach.

    >>> is_loopback("::1"), is_loopback("192.0.2.1")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed_names(host: str, address: str) -> list[str]:
    """List the host names by which a server may be called.

    Any other Host header is a DNS rebinding attack.

    Args:
        host: address it listens on.
        address: its public URL.
    """
    named = urlsplit(address).hostname
    return sorted({"127.0.0.1", "localhost", "[::1]", host, *([named] if named else [])} - {"0.0.0.0"})  # noqa: S104
