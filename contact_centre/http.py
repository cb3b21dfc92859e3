"""Send requests to a ticket system, with limits and typed errors.

Limits the time and size of each whole answer, honours the council's proxy and certificates, and maps each failure to one exception.
"""

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import certifi
import httpx

from contact_centre import OutcomeUnknownError
from core.errors import ConfigurationError, RefusedError, UnavailableError
from core.limited_http import NOT_SENT, LimitedClient, OversizedAnswerError

CONNECT_S = 10.0
WORDS = 500
"""Characters quoted of a server's error message."""


@dataclass(frozen=True)
class Format:
    """Describe the format of a system's answers."""

    name: str
    is_usable: Callable[[httpx.Response], bool]
    """Whether a successful answer has this format: a login page has not."""
    error_of: Callable[[httpx.Response], str]
    """Extracts the server's error message, on one line; a placeholder when there is none."""
    failure_of: Callable[[httpx.Response], str]
    """Extracts the error inside an answer with a success status; empty when there is none."""


def connect(url: str, timeout_s: float, headers: dict[str, str], login: tuple[str, str] | None = None) -> LimitedClient:
    """Open a client for one server; close it after use (`with`).

    `HTTPS_PROXY` and `NO_PROXY` are honoured.
    """
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
    address = url.rstrip("/") + "/"
    return LimitedClient(
        timeout_s,
        base_url=address,
        timeout=timeout,
        headers=headers | {"Accept-Encoding": "identity"},
        auth=login,
        verify=trusted_certificates(),
        trust_env=True,
    )


@contextmanager
def parse_answer(client: httpx.Client) -> Iterator[None]:
    """Turn a parsing error of an answer into `OutcomeUnknownError`.

    Raises:
        OutcomeUnknownError: the answer has another form than the system's: another program, or an unknown version, sent it. The request
            may have been carried out.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknownError(
            f"{client.base_url.scheme}://{client.base_url.netloc.decode()} answered in another form than expected "
            f"({type(error).__name__}: {error}): is this the system's own address?"
        ) from error


@contextmanager
def confirm_sent(key: str) -> Iterator[None]:
    """Report a failed look-up of a case just sent as unknown.

    Raises:
        OutcomeUnknownError: the server took the case and was unavailable when asked for it.
    """
    try:
        yield
    except OutcomeUnknownError:
        raise
    except UnavailableError as error:
        raise OutcomeUnknownError(f"case {key} was sent and could not be looked up then: {error}") from error


def error_text(answer: httpx.Response) -> str:
    """Extract the server's error message, on one line.

    Of an HTML page nothing is quoted.
    """
    if not _is_json(answer):
        return "(no message)" if not answer.has_redirect_location else f"redirect to {answer.headers['location'][:WORDS]}"
    return " ".join(_message(answer.json()).split())[:WORDS]


def _message(body: Any) -> str:
    """Find the message in an error body, whatever its key."""
    if isinstance(body, dict):
        for key in ("message", "error_human", "error", "detail", "description"):
            if body.get(key):
                return _message(body[key])
        return "; ".join(f"{key}: {_message(value)}" for key, value in body.items())
    return "; ".join(map(_message, body)) if isinstance(body, list) else str(body)


def _is_json(answer: httpx.Response) -> bool:
    if not answer.content:
        return False
    try:
        answer.json()
    except (ValueError, RecursionError):
        return False
    return True


def _failure_in_json(answer: httpx.Response) -> str:
    """Find an error object in a successful answer."""
    body = answer.json()
    failed = isinstance(body, dict) and (body.get("error") or body.get("errors"))
    return error_text(answer) or "(no message)" if failed else ""


JSON = Format("JSON", _is_json, error_text, _failure_in_json)


def ask(
    client: httpx.Client, method: str, path: str, *, accept: tuple[int, ...] = (), form: Format = JSON, **request: Any
) -> httpx.Response:
    """Send one request and return its successful answer.

    Success is an answer in the expected format without an error inside, or one of the status codes in `accept`.

    Raises:
        ConfigurationError: 401, 403, 404, a redirect, a reading request answered in another format (a login page) or with an error
            object and status 200: address, login or rights are wrong.
        RefusedError: another 4xx, or an error object with status 200; quotes the server.
        OutcomeUnknownError: a request that changes something got no usable answer, or 5xx.
        UnavailableError: not reached, 429, or a request that only reads got no answer.
    """
    is_reading = method in ("GET", "OPTIONS")
    lost = UnavailableError if is_reading else OutcomeUnknownError
    where = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
    answer = _send(client, method, path, where, lost, request)
    status = answer.status_code
    if status in accept:
        return answer
    if status >= 500:
        raise lost(f"{where} failed at {method} {path}: {status} {form.error_of(answer)}")
    if status in (408, 429):
        raise UnavailableError(f"{where} asks us to wait ({status}): trying again later")
    if status in (401, 403, 404) or 300 <= status < 400:
        raise ConfigurationError(f"{where} answered {method} {path} with {status} {form.error_of(answer)}")
    if status >= 400:
        raise RefusedError(f"{where} refused {method} {path}: {status} {form.error_of(answer)}")
    if not form.is_usable(answer):
        error_class = ConfigurationError if is_reading else lost
        raise error_class(f"{where} answered {method} {path} with something else than {form.name}: is this the system's own address?")
    if failure := form.failure_of(answer):
        refusal = ConfigurationError if is_reading else RefusedError
        raise refusal(f"{where} answered {method} {path} with {status} and an error: {failure}")
    return answer


def _send(
    client: httpx.Client, method: str, path: str, where: str, lost: type[UnavailableError], request: dict[str, Any]
) -> httpx.Response:
    """Send the request; raise `lost` for a failure after its first byte."""
    try:
        return client.request(method, path, **request)
    except NOT_SENT as error:
        hint = "; for a private CA set SSL_CERT_FILE" if "CERTIFICATE" in str(error).upper() else ""
        raise UnavailableError(f"{where} cannot be reached: {error}{hint}") from None
    except OversizedAnswerError as error:
        raise lost(f"{where} gave no usable answer to {method} {path}: {error}") from None
    except httpx.RequestError as error:
        raise lost(f"{where} gave no answer to {method} {path} ({type(error).__name__})") from None


def _bundle() -> str | None:
    return os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or None


def trusted_certificates() -> ssl.SSLContext:
    """Return the trusted certificates: the configured bundle, else the usual ones."""
    return _trusted(_bundle())


@lru_cache(maxsize=2)
def _trusted(bundle: str | None) -> ssl.SSLContext:
    """Load trusted certificates: the configured bundle, else the system's and certifi's."""
    try:
        folder = bundle is not None and Path(bundle).is_dir()
        context = ssl.create_default_context(capath=bundle) if folder else ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise ConfigurationError(f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: cannot read {bundle}: {error}") from None
    if bundle is None:
        context.load_verify_locations(certifi.where())
    return context
