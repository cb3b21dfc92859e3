"""Post one message to a receiver, within limits.

No redirect is followed, no private address reached, and the time is limited. Only the status and the headers of the response are read;
its body is never needed.
"""

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from contact_centre.http import CONNECT_S, trusted_certificates
from core.config.profile.webhooks import Webhook, is_loopback
from core.errors import ConfigurationError, OutcomeUnknownError, UnavailableError
from core.limited_http import NOT_SENT, Sockets
from core.runtime.deadline import cut_off

WHOLE_S = 10.0
"""Time for the whole request, from the first connection to the last header of the response."""
_NAT64 = IPv6Network("64:ff9b::/96")


class _ForbiddenAddressError(Exception):
    """Refuse a connection before anything is sent over it."""


def post(hook: Webhook, body: bytes, headers: dict[str, str]) -> httpx.Response:
    """Post a message and return the response, without its body.

    Raises:
        ConfigurationError: the host has a private address, and the profile does not allow it.
        UnavailableError: nothing was sent.
        OutcomeUnknownError: no response in time, or none of HTTP; the receiver may have the message.
    """
    try:
        url = httpx.URL(hook.url)
    except httpx.InvalidURL:
        raise ConfigurationError(f"[[webhooks]] url: {hook.url} is not a usable address") from None
    where = f"{url.scheme}://{url.netloc.decode()}"
    proxy = None if is_loopback(url.host) else proxy_of(url)
    guard = _Guard(is_free=proxy is not None or hook.private, loopback=is_loopback(url.host))
    timeout = httpx.Timeout(WHOLE_S, connect=min(CONNECT_S, WHOLE_S))
    try:
        with (
            httpx.Client(verify=trusted_certificates(), trust_env=False, proxy=proxy, timeout=timeout) as client,
            cut_off(WHOLE_S, lambda: guard.noted) as cut,
        ):
            request = client.build_request("POST", url, content=body, headers=headers, extensions={"trace": guard.note})
            response = client.send(request, stream=True, follow_redirects=False)
            response.close()
            return response
    except _ForbiddenAddressError as error:
        raise ConfigurationError(
            f"{where} has the private address {error}: set private = true in its [[webhooks]] if that is meant"
        ) from None
    except NOT_SENT as error:
        hint = "; for a private CA set SSL_CERT_FILE" if "CERTIFICATE" in str(error).upper() else ""
        raise UnavailableError(f"{where} cannot be reached ({type(error).__name__}){hint}") from None
    except httpx.HTTPError as error:
        why = f"no response within {WHOLE_S:g} s" if cut.happened else type(error).__name__
        raise OutcomeUnknownError(f"{where} gave no usable response ({why})") from None


class _Guard(Sockets):
    """Check the address of each connection before anything is sent over it.

    The address is the one really connected to: a name that resolves to another address the second time gains nothing.
    """

    def __init__(self, is_free: bool, loopback: bool) -> None:
        super().__init__()
        self.is_free, self.loopback = is_free, loopback

    def note(self, event: str, details: dict[str, Any]) -> None:
        """Follow the connection of a request."""
        super().note(event, details)
        if event.endswith("connect_tcp.complete") and not self.is_free:
            stream = details["return_value"]
            address = str(stream.get_extra_info("server_addr")[0])
            if not is_allowed(address, self.loopback):
                stream.close()
                raise _ForbiddenAddressError(address)


def is_allowed(address: str, loopback: bool) -> bool:
    """Tell whether events may be sent to this IP address.

    `loopback`: the profile names this machine itself.

    >>> is_allowed("8.8.8.8", False), is_allowed("169.254.169.254", False), is_allowed("::ffff:10.0.0.1", False)
    (True, False, False)
    """
    found = ip_address(address.partition("%")[0])
    real = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    if real.version == 6 and real in _NAT64:
        real = IPv4Address(int(real) & 0xFFFFFFFF)
    if real.is_loopback:
        return loopback
    return bool(real.is_global and not real.is_multicast)


def proxy_of(url: httpx.URL) -> str | None:
    """Return the council's proxy for an address; None to connect directly.

    A proxy resolves the name itself, so that it must refuse private addresses.
    """
    found = getproxies()
    return None if proxy_bypass(url.host) else found.get(url.scheme) or found.get("all")
