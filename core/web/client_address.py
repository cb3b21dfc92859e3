"""Determine a request's client address and whether it is direct.

Proxies that are configured as trusted are skipped.
"""

import ipaddress
import logging
import re
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.config.settings import Network, Settings
from core.web.hosts import is_loopback
from core.web.peer import is_foreign

log = logging.getLogger("escucha")

FORWARDING = frozenset(
    """
    forwarded via x-real-ip x-client-ip x-cluster-client-ip x-proxyuser-ip x-remote-ip x-remote-addr true-client-ip fastly-client-ip
    x-original-url x-rewrite-url x-request-start x-amzn-trace-id
    """.split()
)
FORWARDING_PREFIXES = ("x-forwarded", "x-original-", "x-envoy-", "cf-", "x-appengine-", "x-azure-", "x-akamai-")
FULL_NAME = re.compile(rb"\.(?=(:\d+)?$)")
"""The last dot of a host name that is written in full: `town.example.` is `town.example`."""
MAX_HEADER_BYTES = 16_000
"""Limit for request line and headers together."""


class ClientAddress:
    """Put the client's real address into the scope, as ASGI middleware.

    Requests with an ambiguous host are refused.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.trusted = settings.trusted_networks
        self.warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400 or 431 for a malformed request; pass the others on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if (error_response := _malformed(scope)) is not None:
            await error_response(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        if "x-forwarded-for" in headers and not is_trusted(peer, self.trusted) and not self.warned:
            self.warned = True  # log once: anyone can send this header
            log.warning(
                "web: ignoring X-Forwarded-For from %s; if this is your web server, list it in ESCUCHA_TRUSTED_PROXIES, "
                "otherwise all its clients share the limits of one address",
                peer,
            )
        direct = _is_direct(peer, scope["http_version"], headers) and not _is_foreign_account(scope)
        scope["client"] = (client_address(peer, headers.getlist("x-forwarded-for"), self.trusted), 0)
        if is_trusted(peer, self.trusted) and headers.get("x-forwarded-proto", "").rpartition(",")[2].strip() == "https":
            scope["scheme"] = "https"
        scope.setdefault("state", {})["direct"] = direct
        scope["headers"] = [(name, FULL_NAME.sub(b"", value) if name == b"host" else value) for name, value in scope["headers"]]
        await self.app(scope, receive, send)


def _malformed(scope: Scope) -> PlainTextResponse | None:
    if sum(name == b"host" for name, _ in scope["headers"]) != 1:
        return PlainTextResponse("Send exactly one Host header.\n", 400)
    request_line = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
    if request_line + sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return PlainTextResponse("The headers are too large.\n", 431, {"Connection": "close"})
    return None


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Return True for the address of a trusted proxy."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted)


def client_address(peer: str, forwarded_for: Iterable[str], trusted: Sequence[Network]) -> str:
    """Return the rightmost address that is not a trusted proxy's.

    Addresses further left were written by the client and are ignored.

    >>> client_address("10.0.0.1", ["203.0.113.9, 198.51.100.7"], [ipaddress.ip_network("10.0.0.0/8")])
    '198.51.100.7'
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
    """Return the address of one hop, such as `192.0.2.1:80` or `[2001:db8::1]:80`.

    None when it is invalid.
    """
    host = hop[1:].partition("]")[0] if hop.startswith("[") else hop.partition(":")[0] if hop.count(":") == 1 else hop
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def caller(address: str) -> str:
    """Return the key by which limits count a client.

    An IPv4 address counts alone; an IPv6 address counts by its /64, from which one client can choose freely.

    >>> caller("2001:db8::1")
    '2001:db8::/64'
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False)) if found.ipv4_mapped is None else str(found.ipv4_mapped)
    return address


def _is_foreign_account(scope: Scope) -> bool:
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or server[1] is None:
        return False
    return is_foreign((client[0], client[1]), (server[0], server[1]))


def _is_direct(peer: str, http_version: str, headers: Headers) -> bool:
    """Return True for a request from this machine without a proxy.

    It must use a loopback name. HTTP/1.0 is what nginx uses by default; no browser does.
    """
    if not is_loopback(peer) or not is_loopback(host_name(headers.get("host", ""))) or http_version == "1.0":
        return False
    if any(name in FORWARDING or name.startswith(FORWARDING_PREFIXES) for name in headers):
        return False
    origin = headers.get("origin", "null")  # browsers send null with our forms, because of our Referrer-Policy
    return origin == "null" or is_loopback(host_name(origin.partition("://")[2]))


def host_name(host: str) -> str:
    """Return the name of a Host header without its port.

    >>> host_name("localhost:8800"), host_name("[::1]:8800")
    ('localhost', '::1')
    """
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
