"""Send requests in plain JSON, and translate the client's errors.

Every supported search engine accepts plain JSON.
"""

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

from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.runtime.deadline import Cut, cut_off

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed later."""
OUTAGES = frozenset(
    """
    index_closed_exception cluster_block_exception no_shard_available_action_exception process_cluster_event_timeout_exception
    unavailable_shards_exception search_phase_execution_exception circuit_breaking_exception es_rejected_execution_exception
    """.split()
)
"""Error types of an engine that cannot serve an index now: closed, read-only (a full disk), shards missing, overloaded."""
MAX_ANSWER_BYTES = 64_000_000
"""After decompression. The largest expected answer, a page of ids, is far smaller."""
NO_ANSWER = (TransportError, HTTPError, http.client.HTTPException, OSError, UnsupportedProductError)
"""All errors of a request without a complete answer: base classes, so that no new subclass escapes."""


class TooSlowError(UnavailableError):
    """Report that an engine did not answer within the time limit."""


class PlainJsonNode(Urllib3HttpNode):
    """Rewrite the 9.x client's media types, and limit time and size.

    `compatible-with=9` is rejected by Elasticsearch 8 (400) and by OpenSearch and osmem (406); plain JSON is native to all of
    them, 9.x included. The product header is added because OpenSearch and some proxies do not send it: `connect` has checked
    the product before.
    """

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._in_use = _InUse()
        self.pool.ConnectionCls = _recording(self.pool.ConnectionCls, self._in_use)
        self.pool.urlopen = _bounded(self.pool.urlopen, self._in_use)  # type: ignore[method-assign]

    def perform_request(
        self, method: str, target: str, body: bytes | None = None, headers: HttpHeaders | None = None, request_timeout: Any = None
    ) -> NodeApiResponse:
        """Send one request with plain media types.

        `request_timeout` (seconds) limits the whole exchange, not each socket operation.
        """
        plain_headers = HttpHeaders({name: _plain_media_type(value) for name, value in (headers or {}).items()})
        seconds = request_timeout if isinstance(request_timeout, int | float) else self.config.request_timeout or 60.0
        used = self._in_use.__dict__  # of this thread: the timer runs in another thread, with its own values
        used.clear()
        with cut_off(seconds, lambda: _sockets(used)) as cut:
            self._in_use.cut = cut
            try:
                meta, data = super().perform_request(method, target, body, plain_headers, seconds)
            except Exception as error:
                if cut.happened:
                    raise ConnectionTimeout(f"no complete answer within {seconds:g} s", errors=(error,)) from error
                raise
        if cut.happened:  # an answer without a length ends where the connection was cut
            raise ConnectionTimeout(f"no complete answer within {seconds:g} s")
        if data and 200 <= meta.status < 300 and "json" not in str(meta.headers.get("content-type")):
            raise NotReachedError(f"answer of type {meta.headers.get('content-type')} instead of JSON: is there a proxy in between?")
        meta.headers = HttpHeaders({**meta.headers, "x-elastic-product": "Elasticsearch"})
        return NodeApiResponse(meta, data)


class _InUse(threading.local):
    """Hold what this thread's request uses."""

    connection: Any = None
    socket: "socket.socket | None" = None
    """`http.client` takes it from its connection before an answer that ends with it is read."""
    cut: Cut | None = None


def _bounded(send: Any, in_use: _InUse) -> Any:
    """Wrap the pool's `urlopen`: read responses as they arrive, up to limits."""

    def urlopen(*arguments: Any, **named: Any) -> Any:
        response = send(*arguments, **{**named, "preload_content": False})
        body, parts = bytearray(), iter(lambda: response.read1(65_536, decode_content=True), b"")
        for part in parts if in_use.cut is None else in_use.cut.in_time(parts):
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                raise HTTPError(f"answer larger than {MAX_ANSWER_BYTES:,} bytes")
        response._body = bytes(body)
        return response

    return urlopen


def _recording(kind: Any, in_use: _InUse) -> Any:
    """Derive a connection class that records this thread's connection."""

    class RecordingConnection(kind):  # type: ignore[misc]  # plain or TLS: known at run time
        def connect(self) -> None:
            in_use.connection = self
            super().connect()

        def request(self, *arguments: Any, **named: Any) -> None:
            in_use.connection = self
            super().request(*arguments, **named)
            in_use.socket = self.sock

    return RecordingConnection


def _sockets(used: dict[str, Any]) -> list[socket.socket | None]:
    return [getattr(used.get("connection"), "sock", None), used.get("socket")]


def _plain_media_type(value: str) -> str:
    if "vnd.elasticsearch+" not in value:
        return value
    return "application/x-ndjson" if "x-ndjson" in value else "application/json"


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Translate the client's errors into Escucha's.

    Raises:
        TooSlowError: no complete answer in time: ask for less at once.
        UnavailableError: no answer, a truncated answer, or the engine is too busy: retry later.
        ConfigurationError: the certificate, user or privileges are wrong.
        EscuchaError: the engine rejected the request.
    """
    try:
        with parse_answer(url):
            yield
    except TlsError as error:
        raise ConfigurationError(
            f"search engine {url}: its certificate is not trusted ({error.message}); "
            "set ESCUCHA_ELASTICSEARCH_CA to the certificate file of the authority that signed it"
        ) from None
    except ApiError as error:
        raise _refusal(url, error) from None
    except NO_ANSWER as error:
        kind = TooSlowError if isinstance(error, ConnectionTimeout) else UnavailableError
        raise kind(f"search engine {url} does not answer: {_first_line(error)}") from None


@contextmanager
def parse_answer(url: str) -> Iterator[None]:
    """Parse an answer within the block; an unexpected format is an outage.

    Raises:
        UnavailableError: something else, such as a proxy, answered instead of the engine.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(
            f"search engine {url} sent an answer in an unexpected format ({type(error).__name__}): is there a proxy in between?"
        ) from error


def _refusal(url: str, error: ApiError) -> EscuchaError:
    status, reason = error.meta.status, error_reason(error)
    if isinstance(error, UnsupportedProductError):
        return UnavailableError(f"search engine {url} does not answer: {_first_line(error)}")
    if is_outage(status, error_type(error)):
        return UnavailableError(f"search engine {url} is busy or cannot serve this now (HTTP {status}): {reason}")
    if isinstance(error, AuthenticationException):
        return ConfigurationError(
            f"search engine {url}: authentication failed ({status}): set ESCUCHA_ELASTICSEARCH_API_KEY, "
            "or ESCUCHA_ELASTICSEARCH_USER and ESCUCHA_ELASTICSEARCH_PASSWORD"
        )
    if isinstance(error, AuthorizationException):
        return ConfigurationError(
            f"search engine {url}: this user or API key lacks a privilege ({reason}): grant `manage_index_templates` "
            "on the cluster and `read`, `write` and `manage` on the indices escucha-*"
        )
    return EscuchaError(f"search engine {url} rejected the request (HTTP {status}): {reason}")


def is_outage(status: int, kind: str) -> bool:
    """Return True when the engine, or a proxy before it, is unavailable.

    >>> is_outage(503, ""), is_outage(400, "circuit_breaking_exception"), is_outage(400, "parsing_exception")
    (True, True, False)
    """
    return status in BUSY or status >= 500 or 300 <= status < 400 or kind in OUTAGES


def error_type(error: ApiError) -> str:
    """Return the engine's error type; empty for any other server's answer."""
    body = error.body
    reason = body.get("error") if isinstance(body, dict) else None
    return str(reason.get("type", "")) if isinstance(reason, dict) else ""


def error_reason(error: ApiError) -> str:
    """Return the engine's error reason in one line."""
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        reason = body["error"]
        while isinstance(reason.get("caused_by"), dict):  # the innermost cause says what to change
            reason = reason["caused_by"]
        return f"{reason.get('type')}: {reason.get('reason')}"[:300]
    return _first_line(error)


def _first_line(error: Exception) -> str:
    text = str(getattr(error, "message", "") or error)
    return text.splitlines()[0][:300] if text else type(error).__name__
