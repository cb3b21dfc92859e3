"""How requests travel: plain JSON, which every supported search engine understands, and errors in our words."""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import (
    ApiError,
    ConnectionError as NotReachedError,
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
    TlsError,
    TransportError,
    Urllib3HttpNode,
)
from elastic_transport._node import NodeApiResponse
from elasticsearch import AuthenticationException, AuthorizationException, UnsupportedProductError
from urllib3.exceptions import HTTPError

from core.deadline import cut_off
from core.errors import ConfigurationError, EscuchaError, UnavailableError

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed later."""
OUTAGES = frozenset(
    {"index_closed_exception", "cluster_block_exception", "no_shard_available_action_exception", "process_cluster_event_timeout_exception",
     "unavailable_shards_exception", "search_phase_execution_exception", "circuit_breaking_exception", "es_rejected_execution_exception"}
)  # fmt: skip
"""What an engine says when it cannot serve an index now: closed, read-only (a full disk), parts of it away, overloaded."""
MAX_ANSWER_BYTES = 64_000_000
"""Unpacked. The largest answer that is asked for, a page of ids, is far below."""
NO_ANSWER = (TransportError, HTTPError, http.client.HTTPException, OSError, UnsupportedProductError)
"""Everything that can come out of a request that got no whole answer: base classes, so that no new subclass escapes."""


class PlainJsonNode(Urllib3HttpNode):
    """The 9.x client's media types, rewritten to what all engines know, and a limit for each whole answer.

    `compatible-with=9` is refused by Elasticsearch 8 (400) and by OpenSearch and osmem (406); plain JSON is native to all of
    them, 9.x included. The product header is added because OpenSearch and some proxies do not send it: `connect` has looked at
    the product itself by then.
    """

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._in_use = threading.local()
        self.pool.ConnectionCls = _noting(self.pool.ConnectionCls, self._in_use)
        self.pool.urlopen = _bounded(self.pool.urlopen)  # type: ignore[method-assign]

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: Any = None,
    ) -> NodeApiResponse:
        """Send one request with plain media types; `request_timeout` limits the whole of it."""
        plain = HttpHeaders({name: _plain(value) for name, value in (headers or {}).items()})
        seconds = request_timeout if isinstance(request_timeout, int | float) else self.config.request_timeout or 60.0
        used = self._in_use.__dict__  # this thread's own; the timer's thread must not look into its own
        used.pop("connection", None)
        with cut_off(seconds, lambda: _sockets(used)) as cut:
            try:
                meta, data = super().perform_request(method, target, body, plain, seconds)
            except Exception as error:
                if cut.happened:
                    raise ConnectionTimeout(f"no whole answer within {seconds:g} s", errors=(error,)) from error
                raise
        if cut.happened:  # an answer without a length ends where the line was cut
            raise ConnectionTimeout(f"no whole answer within {seconds:g} s")
        if data and 200 <= meta.status < 300 and "json" not in str(meta.headers.get("content-type")):
            raise NotReachedError(f"something in between answered with {meta.headers.get('content-type')}, not JSON")
        meta.headers = HttpHeaders({**meta.headers, "x-elastic-product": "Elasticsearch"})
        return NodeApiResponse(meta, data)


def _bounded(send: Any) -> Any:
    """The pool's own request; an answer is read piece by piece and given up when it has no end."""

    def urlopen(*arguments: Any, **named: Any) -> Any:
        response = send(*arguments, **{**named, "preload_content": False})
        body = bytearray()
        for part in response.stream(65_536, decode_content=True):
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                raise HTTPError(f"an answer of more than {MAX_ANSWER_BYTES:,} bytes")
        response._body = bytes(body)
        return response

    return urlopen


def _noting(kind: Any, in_use: threading.local) -> Any:
    """The same kind of connection; each notes itself as the one this thread talks through."""

    class Noting(kind):  # type: ignore[misc]  # plain or TLS: known at run time
        def connect(self) -> None:
            in_use.connection = self
            super().connect()

        def request(self, *arguments: Any, **named: Any) -> None:
            in_use.connection = self
            super().request(*arguments, **named)

    return Noting


def _sockets(used: dict[str, Any]) -> list[socket.socket | None]:
    return [getattr(used.get("connection"), "sock", None)]


def _plain(value: str) -> str:
    if "vnd.elasticsearch+" not in value:
        return value
    return "application/x-ndjson" if "x-ndjson" in value else "application/json"


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Turn the driver's errors into the house's: away or busy, not allowed, or refused.

    Raises:
        UnavailableError: no answer, half an answer, or the engine is too busy: try again later.
        ConfigurationError: the certificate, user or rights are wrong.
        EscuchaError: the engine refused the request itself.
    """
    try:
        with parse_answer(url):
            yield
    except TlsError as error:
        raise ConfigurationError(
            f"search engine {url}: its certificate is not trusted ({error.message}); "
            "set ESCUCHA_ELASTICSEARCH_CA to the file of the authority that signed it"
        ) from None
    except ApiError as error:
        raise _refusal(url, error) from None
    except NO_ANSWER as error:
        raise UnavailableError(f"search engine {url} does not answer: {_first_line(error)}") from None


@contextmanager
def parse_answer(url: str) -> Iterator[None]:
    """Read an answer: JSON of another form than an engine's is no answer.

    Raises:
        UnavailableError: something in between answers in its place.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(
            f"search engine {url} answered in another form than a search engine does ({type(error).__name__}): "
            "is there a proxy in between?"
        ) from error


def _refusal(url: str, error: ApiError) -> EscuchaError:
    status, said = error.meta.status, reason_of(error)
    if isinstance(error, UnsupportedProductError):
        return UnavailableError(f"search engine {url} does not answer: {_first_line(error)}")
    if is_outage(status, type_of(error)):
        return UnavailableError(f"search engine {url} is busy or cannot serve this now (HTTP {status}): {said}")
    if isinstance(error, AuthenticationException):
        return ConfigurationError(
            f"search engine {url}: who are we? Set ESCUCHA_ELASTICSEARCH_API_KEY, "
            "or ESCUCHA_ELASTICSEARCH_USER and ESCUCHA_ELASTICSEARCH_PASSWORD"
        )
    if isinstance(error, AuthorizationException):
        return ConfigurationError(
            f"search engine {url}: this user or API key may not do this ({said}); it needs `manage_index_templates` "
            "on the cluster and `all` on the indices escucha-*"
        )
    return EscuchaError(f"search engine {url} refused (HTTP {status}): {said}")


def is_outage(status: int, kind: str) -> bool:
    """True when the engine, or what stands before it, cannot serve now, whatever was asked."""
    return status in BUSY or status >= 500 or 300 <= status < 400 or kind in OUTAGES


def type_of(error: ApiError) -> str:
    """The engine's name for its error; empty when the answer is not an engine's."""
    body = error.body
    said = body.get("error") if isinstance(body, dict) else None
    return str(said.get("type", "")) if isinstance(said, dict) else ""


def reason_of(error: ApiError) -> str:
    """What the engine said, in one line."""
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        said = body["error"]
        while isinstance(said.get("caused_by"), dict):  # the innermost one says what to change
            said = said["caused_by"]
        return f"{said.get('type')}: {said.get('reason')}"[:300]
    return _first_line(error)


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error)
    return text.splitlines()[0][:300] if text else type(error).__name__
