"""Fetches one address of the web, and nothing else: no other host, no inside of the house, no megabytes without end."""

import ipaddress
import os
import socket
import ssl
import time
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import httpx

from collectors.unanswered import in_words
from collectors.waiting import asked_for
from core.errors import SourceError

AGENT = "Escucha (listens to public feeds for a city; it reads robots' rules of politeness: conditional requests, Retry-After)"
REDIRECTS = 5
LONGEST_S = 60.0
"""For a whole answer: a server may drip one byte at a time, each within the time-out."""
PORTS = {"http": 80, "https": 443}
NAT64, IN_IPV6 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")
"""IPv6 addresses that only carry an old one (IPv4) in their last four bytes."""


@dataclass(frozen=True)
class Answer:
    """What a server gave; `content` is None when it has not changed since (304)."""

    content: bytes | None
    content_type: str
    etag: str
    modified: str


@dataclass(frozen=True)
class Limits:
    """How far we go for one answer."""

    timeout_s: float
    max_bytes: int
    allow_private: bool


def download(url: str, etag: str, modified: str, limits: Limits, now: datetime) -> Answer:
    """The answer of this address, asked for only if it changed since `etag` and `modified`.

    Raises:
        SourceError: no answer, a refusal, another host, an address inside the house, or too much; says which.
    """
    asked = httpx.URL(url)
    headers = {"User-Agent": AGENT, "If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in headers.items() if value}
    headers["Accept-Encoding"] = "gzip, deflate"  # the library asks for whatever else it can unpack; here we unpack
    try:
        for _ in range(REDIRECTS + 1):
            proxy = _proxy(asked)
            _refuse_inside(asked, proxy, limits)
            client = httpx.Client(proxy=proxy, trust_env=False, verify=_trusted(_given()), timeout=limits.timeout_s)
            with client, client.stream("GET", asked, headers=headers) as response:
                if response.has_redirect_location:
                    asked = _moved(asked, response)
                    continue
                if proxy is None:
                    _refuse_inside_answer(asked, response, limits)
                return _answer(asked, response, limits, now)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, zlib.error) as error:
        raise SourceError(f"{url}: {_words(error)}") from error
    raise SourceError(f"{url}: sends us on more than {REDIRECTS} times")


def _answer(url: httpx.URL, response: httpx.Response, limits: Limits, now: datetime) -> Answer:
    code = response.status_code
    if code in (429, 503):
        wait = asked_for(dict(response.headers), now)
        raise SourceError(f"{url}: asks us to wait {wait:.0f} s ({code})", retry_after=wait)
    if code not in (200, 304):
        advice = {
            401: "it needs a password",
            403: "it does not let us in",
            404: "check the address",
            410: "it was closed",
        }
        raise SourceError(f"{url}: answers {code}: {advice.get(code, 'its server has a fault')}")
    return Answer(
        content=None if code == 304 else _content(url, response, limits),
        content_type=response.headers.get("content-type", ""),
        etag=response.headers.get("etag", ""),
        modified=response.headers.get("last-modified", ""),
    )


def _content(url: httpx.URL, response: httpx.Response, limits: Limits) -> bytes:
    """The body, unpacked by ourselves: a kilobyte of gzip can hold a megabyte, a megabyte a gigabyte."""
    packing = response.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "", "gzip", "deflate"):
        raise SourceError(f"{url}: answers in a packing we did not ask for ({packing})")
    unpack = None if packing in ("identity", "") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    content, ends = bytearray(), time.monotonic() + LONGEST_S
    for part in response.iter_raw():  # as it comes: gathered into pieces, a dripping line would never reach the clock
        content += part if unpack is None else unpack.decompress(part, limits.max_bytes + 1)
        if len(content) > limits.max_bytes:
            raise SourceError(f"{url}: holds more than {limits.max_bytes:,} bytes")
        if time.monotonic() > ends:
            raise SourceError(f"{url}: was not through after {LONGEST_S:.0f} s")
    return bytes(content)


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


def _refuse_inside(url: httpx.URL, proxy: str | None, limits: Limits) -> None:
    """No address of our own network, whatever name it hides behind. Behind a proxy the proxy looks names up."""
    if url.scheme not in PORTS or not url.host:
        raise SourceError(f"{url}: not a web address; write https://...")
    if limits.allow_private:
        return
    if proxy is not None and not _is_address(url.host):
        return
    for found in socket.getaddrinfo(url.host, _port(url), type=socket.SOCK_STREAM):
        _refuse_private(url, str(found[4][0]))


def _refuse_inside_answer(url: httpx.URL, response: httpx.Response, limits: Limits) -> None:
    """The name may have been looked up again, with another result, between our look and the connection."""
    stream = response.extensions.get("network_stream")
    server = stream.get_extra_info("server_addr") if stream is not None else None
    if server and not limits.allow_private:
        _refuse_private(url, str(server[0]))


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
    return f"cannot be read ({in_words(error) or str(error) or type(error).__name__})"
