"""Explain why a request got no usable response.

The causes: the certificate, the proxy, the host name, the connection, or the form and size of the response.
"""

import socket
import ssl
from collections.abc import Iterator
from urllib.request import getproxies

from collectors.http.limits import OversizedError

NOT_CONNECTED = {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ProxyError", "InvalidProxyURL", "gaierror"}
"""Names of the errors of the libraries under `requests` for a connection that could not be opened."""


def error_name(error: BaseException) -> str:
    """Return the error's class name and its meaning.

    Every client library wraps the cause in its own way.
    """
    description = describe_error(error)
    return f"{type(error).__name__}: {description}" if description else type(error).__name__


def describe_error(error: BaseException) -> str:
    """Describe what the error means; empty if unknown."""
    causes = list(_causes(error))
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    message = " ".join(str(cause) for cause in causes)
    endless = oversized_error_in(error)
    if endless is not None:
        return f"it {endless}"
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return (
            f"its certificate is not trusted here ({certificate.verify_message}); "
            "name your certificate authority in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
        )
    if "ProxyError" in kinds or "InvalidProxy" in kinds:
        return "the proxy of HTTPS_PROXY refused the connection or is down"
    if kinds & {"gaierror", "NameResolutionError"} or any(isinstance(cause, socket.gaierror) for cause in causes):
        return "unknown host name"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes) or "Connection refused" in message:
        proxy = ", or the proxy of HTTPS_PROXY is down" if getproxies() else ""
        return f"connection refused at its address{proxy}"
    if any("Timeout" in kind for kind in kinds):
        return "it did not answer in time"
    if "JSONDecodeError" in kinds:  # of json, or of simplejson, which requests takes where it is installed
        return "the response is not JSON"
    if any(isinstance(cause, ConnectionError) for cause in causes) or kinds & {"RemoteProtocolError", "ReadError", "ConnectionClosed"}:
        return "the connection was cut"
    return ""


def was_never_sent(error: BaseException) -> bool:
    """Tell whether the request cannot have reached the server: no connection."""
    causes = list(_causes(error))
    kinds = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    return bool(kinds & NOT_CONNECTED) or any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)


def oversized_error_in(error: BaseException) -> OversizedError | None:
    """Return the `OversizedError` behind the failure, if any.

    Such a response, too large or too slow, fails again in the same way.
    """
    return next((cause for cause in _causes(error) if isinstance(cause, OversizedError)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all its causes, each once."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        kept = vars(one)  # not getattr: one library emits a warning when its `reason` is read
        waiting += [kept.get("reason"), kept.get("original_exception"), one.__cause__, one.__context__, *one.args]
