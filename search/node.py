"""How requests travel: plain JSON, which every supported search engine understands, and errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import ConnectionError as NotReachedError
from elastic_transport import HttpHeaders, SerializationError, TlsError, Urllib3HttpNode
from elastic_transport._node import NodeApiResponse
from elasticsearch import ApiError, AuthenticationException, AuthorizationException, UnsupportedProductError

from core.errors import ConfigurationError, EscuchaError, UnavailableError

BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed later."""


class PlainJsonNode(Urllib3HttpNode):
    """The 9.x client's media types, rewritten to what all engines know.

    `compatible-with=9` is refused by Elasticsearch 8 (400) and by OpenSearch and osmem (406); plain JSON is native to all of
    them, 9.x included. The product header is added because OpenSearch and some proxies do not send it: `connect` has looked at
    the product itself by then.
    """

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: Any = None,
    ) -> NodeApiResponse:
        """Send one request with plain media types."""
        plain = HttpHeaders({name: _plain(value) for name, value in (headers or {}).items()})
        meta, data = super().perform_request(method, target, body, plain, request_timeout)
        if data and 200 <= meta.status < 300 and "json" not in str(meta.headers.get("content-type")):
            raise NotReachedError(f"something in between answered with {meta.headers.get('content-type')}, not JSON")
        meta.headers = HttpHeaders({**meta.headers, "x-elastic-product": "Elasticsearch"})
        return NodeApiResponse(meta, data)


def _plain(value: str) -> str:
    if "vnd.elasticsearch+" not in value:
        return value
    return "application/x-ndjson" if "x-ndjson" in value else "application/json"


@contextmanager
def in_our_words(url: str) -> Iterator[None]:
    """Turn the driver's errors into the house's: away or busy, not allowed, or refused.

    Raises:
        UnavailableError: no answer, half an answer, or the engine is too busy: try again later.
        ConfigurationError: the certificate, user or rights are wrong.
        EscuchaError: the engine refused the request itself.
    """
    try:
        yield
    except TlsError as error:
        raise ConfigurationError(
            f"search engine {url}: its certificate is not trusted ({error.message}); "
            "set ESCUCHA_ELASTICSEARCH_CA to the file of the authority that signed it"
        ) from None
    except (NotReachedError, SerializationError, UnsupportedProductError) as error:
        raise UnavailableError(f"search engine {url} does not answer: {_first_line(error)}") from None
    except AuthenticationException:
        raise ConfigurationError(
            f"search engine {url}: who are we? Set ESCUCHA_ELASTICSEARCH_API_KEY, "
            "or ESCUCHA_ELASTICSEARCH_USER and ESCUCHA_ELASTICSEARCH_PASSWORD"
        ) from None
    except AuthorizationException as error:
        raise ConfigurationError(
            f"search engine {url}: this user or API key may not do this ({reason_of(error)}); it needs `manage_index_templates` "
            "on the cluster and `all` on the indices escucha-*"
        ) from None
    except ApiError as error:
        if error.meta.status in BUSY:
            raise UnavailableError(
                f"search engine {url} is busy (HTTP {error.meta.status}): {reason_of(error)}"
            ) from None
        raise EscuchaError(f"search engine {url} refused (HTTP {error.meta.status}): {reason_of(error)}") from None


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
