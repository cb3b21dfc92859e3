"""Connect to the configured search engine, or to the embedded one."""

import logging
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from elasticsearch import Elasticsearch
from elasticsearch.serializer import OrjsonSerializer

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from search.connection import embedded
from search.connection.pidfile import EngineProcess
from search.connection.token_proxy import TOKEN_HEADER
from search.connection.transport import PlainJsonNode, translate_errors

__all__ = ["Engine", "NotRunningError", "connect", "embedded_running", "is_current", "ping", "stop_embedded"]

Flavour = Literal["elasticsearch", "opensearch", "osmem"]

OLDEST: dict[Flavour, tuple[int, int]] = {"elasticsearch": (8, 19), "opensearch": (2, 19), "osmem": (3, 8)}
"""Oldest supported versions: every test of `search` runs on these and on the newest. Older ones are refused."""
REQUEST_TIMEOUT_S = 30
"""For each complete answer, in the pipeline; pages wait less (`search.connection.circuit_breaker`)."""
CONNECT_TIMEOUT_S = 10
"""For the first answer: an engine that sends none in this time counts as down."""
PRESENCE_TIMEOUT_S = 2

# The client logs each request at INFO and each lost connection at WARNING; our own messages report both once.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)

stop_embedded = embedded.stop
embedded_running = embedded.running


class NotRunningError(UnavailableError):
    """Report that no embedded engine runs here and none may be started."""


@dataclass(frozen=True)
class Engine:
    """Describe a search engine that has answered."""

    client: Elasticsearch
    flavour: Flavour
    version: str
    url: str
    """Without user and password: safe to log."""
    embedded: bool
    instance: str = ""
    """Id of this start of the embedded engine; empty for an external one."""
    prefix: str = "escucha"
    """How the names of the city's indices begin: several towns share an engine."""

    def name(self, index: str) -> str:
        """Return the name here of an index or alias.

        >>> Engine(None, "osmem", "3.8", "", True, prefix="escucha-getafe").name("escucha-posts")
        'escucha-getafe-posts'
        """
        return f"{self.prefix}{index.removeprefix('escucha')}"

    def within(self, seconds: float) -> "Engine":
        """Return the engine with this timeout, in seconds, for each whole answer."""
        return replace(self, client=self.client.options(request_timeout=seconds))

    def answers(self) -> bool:
        """Return True when the engine answers a ping now."""
        try:
            with translate_errors(self.url):
                return bool(self.client.options(request_timeout=PRESENCE_TIMEOUT_S, max_retries=0).ping())
        except EscuchaError:
            return False


def connect(
    settings: Settings, start_embedded: bool = True, port: int | None = None, timeout_s: float = CONNECT_TIMEOUT_S, is_reader: bool = False
) -> Engine:
    """Connect to the search engine in use.

    The embedded one is started when none runs and `start_embedded` allows it. `port` is for a newly started embedded engine only; None: a
    free one. `timeout_s` limits the wait for its first answer, in seconds. `is_reader`: use the API key that can only read, where one is
    set.

    Raises:
        UnavailableError: it does not answer, or no embedded engine runs and none may be started.
        ConfigurationError: it is too old, is no search engine, or rejects our credentials.
    """
    if settings.elasticsearch_url:
        return _connect(settings.elasticsearch_url, settings, timeout_s, None, is_reader)
    known = embedded.start(settings, port) if start_embedded else embedded.running(settings)
    if known is None:
        raise NotRunningError("the embedded search engine is not running; `escucha index`, the desk and `make run` start it")
    try:
        return _connect(known.url, settings, timeout_s, known)
    except UnavailableError as error:
        raise UnavailableError(
            f"{error}. If this persists, end it with `kill -9 {known.pid} {known.engine_pid}`: the next step starts a new one"
        ) from None


def ping(engine: Engine) -> Engine:
    """Return the engine after it has answered a request.

    Raises:
        UnavailableError: it does not answer.
    """
    with translate_errors(engine.url):
        engine.client.perform_request("GET", "/", headers={"accept": "application/json"})
    return engine


def is_current(engine: Engine, settings: Settings) -> bool:
    """Return False for an embedded engine that has ended or was restarted."""
    if not engine.embedded:
        return True
    known = embedded.running(settings)
    return known is not None and known.instance == engine.instance


def _connect(address: str, settings: Settings, timeout_s: float, own: EngineProcess | None, is_reader: bool = False) -> Engine:
    """Identify the engine and refuse an unsupported one.

    `own` is the record of the embedded engine; None for an external one.
    """
    url, login = _split_login(address)
    auth = {"headers": {TOKEN_HEADER: own.token}} if own else _credentials(settings, login, is_reader)
    client = Elasticsearch(url, **auth, **_options(settings, url))
    with translate_errors(url):
        answer = client.options(request_timeout=timeout_s).perform_request("GET", "/", headers={"accept": "application/json"})
    flavour, version = _identify(answer.body, url)
    _check_version(flavour, version, url)
    instance = own.instance if own else ""
    return Engine(client, flavour, version, url, embedded=own is not None, instance=instance, prefix=settings.index_prefix)


def _split_login(address: str) -> tuple[str, tuple[str, str] | None]:
    """Split a URL into address and login.

    The password must not reach a log with the address.

    >>> _split_login("https://ana:s3creto@search.example.org")
    ('https://search.example.org:443', ('ana', 's3creto'))
    """
    parts = urlsplit(address if "://" in address else f"http://{address}")
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError("ESCUCHA_ELASTICSEARCH_URL is not a URL such as https://search.example.org:9200")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        raise ConfigurationError("ESCUCHA_ELASTICSEARCH_URL: the port is not a number from 1 to 65535") from None
    url = urlunsplit((parts.scheme, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", parts.path, "", ""))
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return url.rstrip("/"), login


def _credentials(settings: Settings, login: tuple[str, str] | None, is_reader: bool = False) -> dict[str, Any]:
    if is_reader and settings.elasticsearch_reader_api_key is not None:
        return {"api_key": settings.elasticsearch_reader_api_key.get_secret_value()}
    if settings.elasticsearch_api_key is not None:
        return {"api_key": settings.elasticsearch_api_key.get_secret_value()}
    if settings.elasticsearch_user:
        password = settings.elasticsearch_password
        if password is None:
            raise ConfigurationError("ESCUCHA_ELASTICSEARCH_USER is set: set ESCUCHA_ELASTICSEARCH_PASSWORD too")
        return {"basic_auth": (settings.elasticsearch_user, password.get_secret_value())}
    return {"basic_auth": login} if login else {}


def _options(settings: Settings, url: str) -> dict[str, Any]:
    """Build the client's options.

    Only the writer retries, so the client does not. Compression is used only where the network costs more than the CPU.
    """
    options: dict[str, Any] = {
        "node_class": PlainJsonNode,
        "serializers": {"application/json": OrjsonSerializer()},
        "request_timeout": REQUEST_TIMEOUT_S,
        "max_retries": 0,
        "http_compress": urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"),
    }
    if url.startswith("https"):
        options["ca_certs"] = _authority(settings)
    return {name: value for name, value in options.items() if value is not None}


def _authority(settings: Settings) -> str | None:
    """Return the CA file to use; None: the system's public authorities.

    ESCUCHA_ELASTICSEARCH_CA comes first, then SSL_CERT_FILE and REQUESTS_CA_BUNDLE, which other tools behind a private authority use too.
    """
    path = settings.elasticsearch_ca or os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if path and not Path(path).exists():
        raise ConfigurationError(f"ESCUCHA_ELASTICSEARCH_CA (or SSL_CERT_FILE): file {path} not found")
    return path or None


def _identify(answer: Any, url: str) -> tuple[Flavour, str]:
    version = answer.get("version") if isinstance(answer, dict) else None
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(version, dict) or not isinstance(number, str):
        raise ConfigurationError(f"{url} answers, but is not a search engine: check ESCUCHA_ELASTICSEARCH_URL")
    if version.get("distribution") != "opensearch":
        return "elasticsearch", number
    return ("osmem" if version.get("build_hash") == "osmem" else "opensearch"), number


def _check_version(flavour: Flavour, version: str, url: str) -> None:
    found = re.match(r"(\d+)\.(\d+)", version)
    oldest = OLDEST[flavour]
    if found is None or (int(found[1]), int(found[2])) < oldest:
        raise ConfigurationError(f"{url} is {flavour} {version}: too old. Escucha needs {flavour} {oldest[0]}.{oldest[1]} or newer")
