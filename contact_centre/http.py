"""How an outside server is asked: with a time limit, the council's proxy and certificates, and a clear word for each way to fail."""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import certifi
import httpx

from contact_centre import OutcomeUnknownError
from core.deadline import cut_off
from core.errors import ConfigurationError, RefusedError, UnavailableError

CONNECT_S = 10.0
WORDS = 500
"""So many characters of a server's own words are quoted."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Failures before the first byte of our request left; after any other the server may have acted."""


class Connection(httpx.Client):
    """A client for one server that limits each whole answer: httpx counts from byte to byte only."""

    whole_s = 60.0
    sockets: list[socket.socket]

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """Send a request and read its answer, or raise `ReadTimeout` when it is not whole in time."""
        request.extensions = {**request.extensions, "trace": self._note}
        with cut_off(self.whole_s, lambda: self.sockets) as cut:
            try:
                return super().send(request, **more)
            except httpx.RequestError as error:
                if cut.happened and not isinstance(error, NOT_SENT):
                    raise httpx.ReadTimeout(f"no whole answer within {self.whole_s:g} s", request=request) from error
                raise

    def _note(self, event: str, told: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = told["return_value"].get_extra_info("socket")
            self.sockets = [*self.sockets[-9:], found]


def connect(url: str, timeout_s: float, headers: dict[str, str], login: tuple[str, str] | None = None) -> Connection:
    """A client for one server; `HTTPS_PROXY` and `NO_PROXY` hold. Close it after use (`with`)."""
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
    address = url.rstrip("/") + "/"
    client = Connection(
        base_url=address, timeout=timeout, headers=headers, auth=login, verify=_trusted(_bundle()), trust_env=True
    )
    client.whole_s, client.sockets = timeout_s, []
    return client


@contextmanager
def parse_answer(client: httpx.Client) -> Iterator[None]:
    """Read answers: JSON of another form than the system's is no usable answer.

    Raises:
        OutcomeUnknownError: it came from something else, or from a version we do not know; what was asked may have been done.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknownError(
            f"{client.base_url.scheme}://{client.base_url.netloc.decode()} answered in another form than expected "
            f"({type(error).__name__}: {error}): is this the system's own address?"
        ) from error


def ask(
    client: httpx.Client, method: str, path: str, *, accept: tuple[int, ...] = (), **request: Any
) -> httpx.Response:
    """The server's answer: a success in JSON, or one of the status codes in `accept`.

    Raises:
        ConfigurationError: 401, 403, 404, a redirect, or an answer that is not JSON: address, login or rights are wrong.
        RefusedError: another 4xx, with the server's words.
        OutcomeUnknownError: a request that changes something got no answer, or 5xx.
        UnavailableError: not reached, 429, or a request that only reads got no answer.
    """
    lost = UnavailableError if method == "GET" else OutcomeUnknownError
    where = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
    try:
        answer = client.request(method, path, **request)
    except NOT_SENT as error:
        hint = "; for a private CA set SSL_CERT_FILE" if "CERTIFICATE" in str(error).upper() else ""
        raise UnavailableError(f"{where} cannot be reached: {error}{hint}") from None
    except httpx.RequestError as error:
        raise lost(f"{where} gave no answer to {method} {path} ({type(error).__name__})") from None
    status = answer.status_code
    if status in accept:
        return answer
    if status >= 500:
        raise lost(f"{where} failed at {method} {path}: {status} {error_text(answer)}")
    if status in (408, 429):
        raise UnavailableError(f"{where} asks us to wait ({status}): trying again later")
    if status in (401, 403, 404) or 300 <= status < 400:
        raise ConfigurationError(f"{where} answered {method} {path} with {status} {error_text(answer)}")
    if status >= 400:
        raise RefusedError(f"{where} refused {method} {path}: {status} {error_text(answer)}")
    if not _is_json(answer):
        error_class = ConfigurationError if method == "GET" else lost
        raise error_class(
            f"{where} answered {method} {path} with something else than JSON: is this the system's own address?"
        )
    return answer


def error_text(answer: httpx.Response) -> str:
    """What the server said, on one line; of a page in HTML nothing."""
    if not _is_json(answer):
        return (
            "(no message)" if not answer.has_redirect_location else f"redirect to {answer.headers['location'][:WORDS]}"
        )
    said = answer.json()
    text = said.get("message", "") if isinstance(said, dict) else str(said)
    return " ".join(str(text).split())[:WORDS]


def _is_json(answer: httpx.Response) -> bool:
    if not answer.content:
        return False
    try:
        answer.json()
    except ValueError:
        return False
    return True


def _bundle() -> str | None:
    return os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or None


@lru_cache(maxsize=2)
def _trusted(bundle: str | None) -> ssl.SSLContext:
    """The certificates we believe: the bundle the environment names, else the system's and those of the web."""
    try:
        folder = bundle is not None and Path(bundle).is_dir()
        context = ssl.create_default_context(capath=bundle) if folder else ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise ConfigurationError(f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: cannot read {bundle}: {error}") from None
    if bundle is None:
        context.load_verify_locations(certifi.where())
    return context
