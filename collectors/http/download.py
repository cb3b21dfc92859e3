"""Fetches one address of the web, and nothing else: no other host, no inside of the house, no megabytes without end."""

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
from collectors.http.limits import PACKINGS, OversizedError, decompress, read_in_time
from collectors.http.refusals import Meaning, Refusal, Refusals, asked_for
from collectors.http.retry_after import BUSY
from core.errors import SourceError

REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
NAT64, IN_IPV6 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")
"""IPv6 addresses that only carry an old one (IPv4) in their last four bytes."""

REFUSALS = Refusals(
    Meaning("{who}: asks us to wait {wait:.0f} s ({status})", BUSY, wait=asked_for()),
    Meaning("{who}: answers {status}: it needs a password", {401}),
    Meaning("{who}: answers {status}: it does not let us in", {403}),
    Meaning("{who}: answers {status}: check the address", {404}),
    Meaning("{who}: answers {status}: it was closed", {410}),
    otherwise=Meaning("{who}: answers {status}: its server has a fault"),
)


@dataclass(frozen=True)
class Download:
    """What a server gave; `content` is None when it has not changed since (304)."""

    content: bytes | None
    content_type: str
    etag: str
    modified: str


@dataclass(frozen=True)
class DownloadLimits:
    """How far we go for one answer, and as whom."""

    agent: str
    timeout_s: float
    max_bytes: int
    allow_private: bool


def download(url: str, etag: str, modified: str, limits: DownloadLimits, now: datetime) -> Download:
    """The answer of this address, asked for only if it changed since `etag` and `modified`.

    Raises:
        SourceError: no answer, a refusal, another host, an address inside the house, or too much; says which.
    """
    headers = {"User-Agent": limits.agent, "If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in headers.items() if value}
    try:
        return read_in_time(partial(_followed, httpx.URL(url), {**headers, "Accept-Encoding": PACKINGS}, limits, now))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        raise SourceError(f"{url}: {_words(error)}") from error
    except OversizedError as error:
        raise SourceError(f"{url}: {error}") from None


def _followed(asked: httpx.URL, headers: dict[str, str], limits: DownloadLimits, now: datetime) -> Download:
    for _ in range(REDIRECTS + 1):
        proxy = _proxy(asked)
        places = _places(asked, proxy, limits)
        client = httpx.Client(proxy=proxy, trust_env=False, verify=_trusted(_given()), timeout=limits.timeout_s)
        with client, closing(_sent(client, asked, places, headers)) as response:
            if not response.has_redirect_location:
                return _answer(asked, response, limits, now)
            asked = _moved(asked, response)
    raise SourceError(f"{asked}: sends us on more than {REDIRECTS} times")


def _sent(client: httpx.Client, url: httpx.URL, places: Sequence[str], headers: dict[str, str]) -> httpx.Response:
    """The beginning of the answer from the first of these places that takes a call; certificate and `Host` are the name's."""
    named = {**headers, "Host": url.netloc.decode("ascii")}
    for left, place in zip(reversed(range(len(places))), places, strict=True):
        at_place, by_name = url.copy_with(host=place), {"sni_hostname": _name(url)}
        try:
            return client.send(client.build_request("GET", at_place, headers=named, extensions=by_name), stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if not left:
                raise
    raise SourceError(f"{url}: there is no such server")


def _answer(url: httpx.URL, response: httpx.Response, limits: DownloadLimits, now: datetime) -> Download:
    code = response.status_code
    if code not in (200, 304):
        raise REFUSALS.error(Refusal(code, dict(response.headers)), now, str(url))
    return Download(
        content=None if code == 304 else _content(response, limits),
        content_type=response.headers.get("content-type", ""),
        etag=response.headers.get("etag", ""),
        modified=response.headers.get("last-modified", ""),
    )


def _content(response: httpx.Response, limits: DownloadLimits) -> bytes:
    return decompress(response.iter_raw(), response.headers.get("content-encoding", ""), limits.max_bytes)


def _moved(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Where it sends us, on the same server only; a server may turn http into https."""
    target = url.join(response.headers["location"])
    same = target.host == url.host and target.scheme in PORTS and (url.scheme, target.scheme) != ("https", "http")
    if not same or (target.scheme == url.scheme and _port(target) != _port(url)):
        raise SourceError(
            f"{url}: sends us to {target.copy_with(query=None)}; if that is right, put it into the profile"
        )
    return target


def _port(url: httpx.URL) -> int:
    return url.port or PORTS.get(url.scheme, 0)


def _places(url: httpx.URL, proxy: str | None, limits: DownloadLimits) -> list[str]:
    """Where to call for this address: no place inside our own network, whatever name it hides behind.

    What was looked up here is what is called: a name server may give another answer the next time. Behind a proxy the proxy looks up.
    """
    if url.scheme not in PORTS or not url.host:
        raise SourceError(f"{url}: not a web address; write https://...")
    if limits.allow_private or (proxy is not None and not _is_address(url.host)):
        return [_name(url)]
    found = [str(one[4][0]) for one in socket.getaddrinfo(_name(url), _port(url), type=socket.SOCK_STREAM)]
    for place in found:
        _refuse_private(url, place)
    return list(dict.fromkeys(found))


def _name(url: httpx.URL) -> str:
    """The server's name as name servers and certificates write it: without accents."""
    return url.raw_host.decode("ascii")


def _refuse_private(url: httpx.URL, address: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast or not _carried(found).is_global:
        raise SourceError(f"{url}: leads to {address}, inside our own network; set allow_private if that is meant")


def _carried(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Where an address leads that is made to carry another; itself, for most."""
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
    """The proxy of the environment for this address (HTTPS_PROXY, NO_PROXY)."""
    proxies = getproxies()
    found = proxies.get(url.scheme) or proxies.get("all")
    return None if not found or proxy_bypass(url.host) else found


def _given() -> str:
    """The certificates the environment names, as councils with a private CA do."""
    return os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or ""


@lru_cache(maxsize=4)
def _trusted(given: str) -> ssl.SSLContext:
    """The certificates we believe: those given, else the usual ones."""
    if not given:
        return httpx.create_ssl_context(trust_env=False)
    try:
        if Path(given).is_dir():
            return ssl.create_default_context(capath=given)
        return ssl.create_default_context(cafile=given)
    except OSError as error:
        raise SourceError(
            f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE, {given}: cannot be read ({error})", fatal=True
        ) from None


def _words(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "does not answer in time"
    if isinstance(error, socket.gaierror):
        return "there is no such server"
    return f"cannot be read ({describe_error(error) or str(error) or type(error).__name__})"
