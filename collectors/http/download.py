"""Download one URL safely.

The same host only, no private addresses (SSRF), bounded size and time.
"""

import ipaddress
import os
import socket
import ssl
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import httpx

from collectors.http.errors import describe_error
from collectors.http.limits import ACCEPT_ENCODING, OversizedError, decompress, read_in_time
from collectors.http.refusals import Meaning, Refusal, Refusals, wait_from_headers
from collectors.http.retry_after import BUSY
from core.errors import SourceError

REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
NAT64, IN_IPV6 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")
"""IPv6 ranges that carry an IPv4 address in their last four bytes."""

REFUSALS = Refusals(
    Meaning("{who}: rate limited ({status}), retry after {wait:.0f} s", BUSY, wait=wait_from_headers()),
    Meaning("{who}: returned {status}: it requires a password", {401}),
    Meaning("{who}: returned {status}: access is forbidden", {403}),
    Meaning("{who}: returned {status}: not found, check the address", {404}),
    Meaning("{who}: returned {status}: removed for good", {410}),
    otherwise=Meaning("{who}: returned {status}: server error"),
)


@dataclass(frozen=True)
class Download:
    """Hold a response. `content` is None when it is unchanged (304)."""

    content: bytes | None
    content_type: str
    etag: str
    modified: str


@dataclass(frozen=True)
class DownloadLimits:
    """Set the user agent and the limits of one download."""

    agent: str
    timeout_s: float
    max_bytes: int
    allow_private: bool


def download(url: str, etag: str, modified: str, limits: DownloadLimits, now: datetime) -> Download:
    """Fetch a URL, unless it is unchanged since `etag` and `modified`.

    Raises:
        SourceError: no response, an error status, another host, a private address, or too large; the message says which.
    """
    headers = {"User-Agent": limits.agent, "If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in headers.items() if value}
    try:
        return read_in_time(partial(_get_following_redirects, httpx.URL(url), {**headers, "Accept-Encoding": ACCEPT_ENCODING}, limits, now))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        raise SourceError(f"{url}: {_describe(error)}") from error
    except OversizedError as error:
        raise SourceError(f"{url}: {error}") from None


def _get_following_redirects(asked: httpx.URL, headers: dict[str, str], limits: DownloadLimits, now: datetime) -> Download:
    for _ in range(REDIRECTS + 1):
        proxy = _proxy(asked)
        places = _resolve(asked, proxy, limits)
        client = httpx.Client(proxy=proxy, trust_env=False, verify=_ssl_context(_ca_bundle()), timeout=limits.timeout_s)
        with client, closing(_send(client, asked, places, headers)) as response:
            if not response.has_redirect_location:
                return _to_download(asked, response, limits, now)
            asked = _redirect_target(asked, response)
    raise SourceError(f"{asked}: redirects more than {REDIRECTS} times")


def _send(client: httpx.Client, url: httpx.URL, places: Sequence[str], headers: dict[str, str]) -> httpx.Response:
    """Send the request to the first address that accepts a connection.

    The certificate and the `Host` header are those of the name. The body is not read yet.
    """
    named = {**headers, "Host": url.netloc.decode("ascii")}
    for left, place in zip(reversed(range(len(places))), places, strict=True):
        at_place, by_name = url.copy_with(host=place), {"sni_hostname": _host_name(url)}
        try:
            return client.send(client.build_request("GET", at_place, headers=named, extensions=by_name), stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if not left:
                raise
    raise SourceError(f"{url}: unknown host name")


def _to_download(url: httpx.URL, response: httpx.Response, limits: DownloadLimits, now: datetime) -> Download:
    code = response.status_code
    if code not in (200, 304):
        raise REFUSALS.error(Refusal(code, dict(response.headers)), now, str(url))
    return Download(
        content=None if code == 304 else _read_body(response, limits),
        content_type=response.headers.get("content-type", ""),
        etag=response.headers.get("etag", ""),
        modified=response.headers.get("last-modified", ""),
    )


def _read_body(response: httpx.Response, limits: DownloadLimits) -> bytes:
    return decompress(response.iter_raw(), response.headers.get("content-encoding", ""), limits.max_bytes)


def _redirect_target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Return the redirect target. Only the same server; http may become https."""
    target = url.join(response.headers["location"])
    same = target.host == url.host and target.scheme in PORTS and (url.scheme, target.scheme) != ("https", "http")
    if not same or (target.scheme == url.scheme and _port(target) != _port(url)):
        raise SourceError(f"{url}: redirects to {target.copy_with(query=None)}; if that is correct, set that address in the profile")
    return target


def _port(url: httpx.URL) -> int:
    return url.port or PORTS.get(url.scheme, 0)


def _resolve(url: httpx.URL, proxy: str | None, limits: DownloadLimits) -> list[str]:
    """Resolve a URL to the addresses to connect to, refusing private ones.

    The addresses resolved here are the ones connected to: a name server may return others the next time. Behind a proxy the proxy
    resolves the name.
    """
    if url.scheme not in PORTS or not url.host:
        raise SourceError(f"{url}: not a web address: it must begin with https://")
    if limits.allow_private or (proxy is not None and not _is_address(url.host)):
        return [_host_name(url)]
    found = [str(one[4][0]) for one in socket.getaddrinfo(_host_name(url), _port(url), type=socket.SOCK_STREAM)]
    for place in found:
        _refuse_private(url, place)
    return list(dict.fromkeys(found))


def _host_name(url: httpx.URL) -> str:
    """Return the host name as DNS and certificates write it (IDNA)."""
    return url.raw_host.decode("ascii")


def _refuse_private(url: httpx.URL, address: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast or not _embedded_ipv4(found).is_global:
        raise SourceError(f"{url}: resolves to {address}, a private address; set allow_private to permit it")


def _embedded_ipv4(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address embedded in an IPv6 one, else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64 or address in IN_IPV6:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    return True


def _proxy(url: httpx.URL) -> str | None:
    """Return the proxy that HTTPS_PROXY and NO_PROXY set for this URL."""
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    return None if not found or proxy_bypass(url.host) else found


def _ca_bundle() -> str:
    """Return the certificates that the environment names, as with a private CA."""
    return os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or ""


@lru_cache(maxsize=4)
def _ssl_context(given: str) -> ssl.SSLContext:
    """Build the TLS context: the given certificates, else the default ones."""
    if not given:
        return httpx.create_ssl_context(trust_env=False)
    try:
        if Path(given).is_dir():
            return ssl.create_default_context(capath=given)
        return ssl.create_default_context(cafile=given)
    except OSError as error:
        raise SourceError(f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE, {given}: cannot be read ({error})", fatal=True) from None


def _describe(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "does not answer in time"
    if isinstance(error, socket.gaierror):
        return "unknown host name"
    return f"cannot be read ({describe_error(error) or str(error) or type(error).__name__})"
