"""Why a server gave no usable answer, in words: its certificate, the proxy, its name, the line, or what and how much it sent."""

import socket
import ssl
from collections.abc import Iterator
from json import JSONDecodeError
from urllib.request import getproxies

from collectors.http.limits import OversizedError

NO_LINE = {
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ProxyError",
    "InvalidProxyURL",
    "gaierror",
}
"""What the libraries under `requests` call a line that could not be opened."""


def error_name(error: BaseException) -> str:
    """The library's own name of the failure, and what it means; every client library wraps the cause in its own way."""
    words = describe_error(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def describe_error(error: BaseException) -> str:
    """What the failure means; empty when it cannot be told."""
    causes = list(_causes(error))
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    told = " ".join(str(cause) for cause in causes)
    endless = endless_error_in(error)
    if endless is not None:
        return f"it {endless}"
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return (
            f"its certificate is not trusted here ({certificate.verify_message}); "
            "name your certificate authority in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
        )
    if "ProxyError" in kinds or "InvalidProxy" in kinds:
        return "the proxy of HTTPS_PROXY refuses or is away"
    if kinds & {"gaierror", "NameResolutionError"} or any(isinstance(cause, socket.gaierror) for cause in causes):
        return "there is no server of this name"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "Connection refused" in told:
        proxy = ", or the proxy of HTTPS_PROXY is away" if getproxies() else ""
        return f"nothing listens at its address{proxy}"
    if any("Timeout" in kind for kind in kinds):
        return "it did not answer in time"
    if any(isinstance(cause, JSONDecodeError) for cause in causes):
        return "what it sent is no JSON"
    if any(isinstance(cause, ConnectionError) for cause in causes) or kinds & {
        "RemoteProtocolError",
        "ReadError",
        "ConnectionClosed",
    }:
        return "the line was cut"
    return ""


def was_never_sent(error: BaseException) -> bool:
    """Whether no request can have come to the server, for there was no line to it."""
    causes = list(_causes(error))
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    return bool(kinds & NO_LINE) or any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)


def endless_error_in(error: BaseException) -> OversizedError | None:
    """That the answer was too much or too slow for us, when that is what stands behind the failure: it will be again."""
    return next((cause for cause in _causes(error) if isinstance(cause, OversizedError)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The failure and all that stands behind it, each once."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        kept = vars(one)  # not getattr: one library warns whoever reads its `reason`
        waiting += [kept.get("reason"), kept.get("original_exception"), one.__cause__, one.__context__, *one.args]
