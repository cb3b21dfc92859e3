"""Where a request comes from: the client's address behind named proxies, and whether it is a direct one of this machine."""

import ipaddress
import logging
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.config.settings import Network, Settings
from desk.auth.security import is_loopback
from desk.http.peer import is_foreign

log = logging.getLogger("escucha")

FORWARDING = frozenset(
    {
        "forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-proxyuser-ip", "x-remote-ip", "x-remote-addr",
        "true-client-ip", "fastly-client-ip", "x-original-url", "x-rewrite-url", "x-request-start", "x-amzn-trace-id",
    }
)  # fmt: skip
FORWARDING_PREFIXES = ("x-forwarded", "x-original-", "x-envoy-", "cf-", "x-appengine-", "x-azure-", "x-akamai-")
MAX_HEADER_BYTES = 16_000
"""Request line and headers together."""


class ClientAddress:
    """ASGI middleware: put the client's real address into the scope; refuse requests that are ambiguous about their host."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.trusted = settings.trusted_networks
        self.told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 431 for a malformed request; pass the others on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if (wrong := _malformed(scope)) is not None:
            await wrong(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        if "x-forwarded-for" in headers and not is_trusted(peer, self.trusted) and not self.told:
            self.told = True  # once: everybody can send this header
            log.warning(
                "desk: X-Forwarded-For from %s is not believed; if a web server of yours is there, name it in ESCUCHA_TRUSTED_PROXIES, "
                "or all who come through it share the limits of one address",
                peer,
            )
        direct = _is_direct(peer, scope["http_version"], headers) and not _is_of_another_account(scope)
        scope["client"] = (client_address(peer, headers.getlist("x-forwarded-for"), self.trusted), 0)
        if (
            is_trusted(peer, self.trusted)
            and headers.get("x-forwarded-proto", "").rpartition(",")[2].strip() == "https"
        ):
            scope["scheme"] = "https"
        scope.setdefault("state", {})["direct"] = direct
        await self.app(scope, receive, send)


def _malformed(scope: Scope) -> PlainTextResponse | None:
    if sum(name == b"host" for name, _ in scope["headers"]) != 1:
        return PlainTextResponse("Send exactly one Host header.\n", 400)
    line = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    if line + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return PlainTextResponse("The headers are too large.\n", 431, {"Connection": "close"})
    return None


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return True for the address of a named proxy."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted)


def client_address(peer: str, forwarded_for: Iterable[str], trusted: Sequence[Network]) -> str:
    """Return the rightmost address that is not a named proxy's.

    What stands further left was written by the client itself and counts for nothing.
    """
    found = peer
    hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
    for hop in reversed(hops):
        if not is_trusted(found, trusted):
            break
        address = _without_port(hop)
        if address is None:
            break
        found = address
    return found


def _without_port(hop: str) -> str | None:
    """Return the address of one hop, `192.0.2.1:80` or `[2001:db8::1]:80`; None when it is none."""
    host = hop[1:].partition("]")[0] if hop.startswith("[") else hop.partition(":")[0] if hop.count(":") == 1 else hop
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def caller(address: str) -> str:
    """Return what limits count by: an IPv4 address, or the /64 that one IPv6 client can choose from."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return (
            str(ipaddress.ip_network((found, 64), strict=False))
            if found.ipv4_mapped is None
            else str(found.ipv4_mapped)
        )
    return address


def _is_of_another_account(scope: Scope) -> bool:
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or server[1] is None:
        return False
    return is_foreign((client[0], client[1]), (server[0], server[1]))


def _is_direct(peer: str, http_version: str, headers: Headers) -> bool:
    """Return True when a program of this machine asked for a loopback name, with no proxy in between.

    HTTP/1.0 is what nginx speaks to the desk when nobody configured it; no browser does.
    """
    if not is_loopback(peer) or not is_loopback(host_name(headers.get("host", ""))) or http_version == "1.0":
        return False
    if any(name in FORWARDING or name.startswith(FORWARDING_PREFIXES) for name in headers):
        return False
    origin = headers.get("origin", "null")  # browsers send null with our own forms, because of our Referrer-Policy
    return origin == "null" or is_loopback(host_name(origin.partition("://")[2]))


def host_name(host: str) -> str:
    """Return the name of a Host header without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
