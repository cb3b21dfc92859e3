"""Which search engine serves this city: the one the environment names, or the embedded one on this machine."""

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
from search import embedded
from search.pidfile import EngineProcess
from search.token_proxy import TOKEN_HEADER
from search.transport import PlainJsonNode, translate_errors

__all__ = ["Engine", "NotRunningError", "connect", "embedded_running", "greeted", "is_current", "stop_embedded"]

Flavour = Literal["elasticsearch", "opensearch", "osmem"]

OLDEST: dict[Flavour, tuple[int, int]] = {"elasticsearch": (8, 19), "opensearch": (2, 19), "osmem": (3, 8)}
"""Every test of this room runs on these and on the newest; older ones are refused rather than hoped for."""
REQUEST_TIMEOUT_S = 30
"""For each whole answer, in the steps; pages wait less (`search.circuit_breaker`)."""
GREET_TIMEOUT_S = 10
"""For the first answer: an engine that has none in this time is away."""
PRESENCE_TIMEOUT_S = 2

# The driver tells each request at INFO and each lost connection at WARNING; both are told by us, once, in words.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)

stop_embedded = embedded.stop
embedded_running = embedded.running


class NotRunningError(UnavailableError):
    """No embedded engine runs in this home, and none may be started now."""


@dataclass(frozen=True)
class Engine:
    """A search engine that answered."""

    client: Elasticsearch
    flavour: Flavour
    version: str
    url: str
    """Without user and password: fit for logs."""
    embedded: bool
    instance: str = ""
    """Which start of the embedded engine this is; empty for others'."""

    def within(self, seconds: float) -> "Engine":
        """The same engine; each whole answer may take so long."""
        return replace(self, client=self.client.options(request_timeout=seconds))

    def answers(self) -> bool:
        """Whether it answers right now."""
        try:
            with translate_errors(self.url):
                return bool(self.client.options(request_timeout=PRESENCE_TIMEOUT_S, max_retries=0).ping())
        except EscuchaError:
            return False


def connect(
    settings: Settings, start_embedded: bool = True, port: int | None = None, greet_s: float = GREET_TIMEOUT_S
) -> Engine:
    """The search engine in force; the embedded one is started when none runs and `start_embedded` allows it.

    `port` is for a newly started embedded engine only; None: a free one. `greet_s` limits the wait for its first answer.

    Raises:
        UnavailableError: it does not answer, or no embedded engine runs and none may be started.
        ConfigurationError: it is too old, is no search engine, or does not let us in.
    """
    if settings.elasticsearch_url:
        return _greet(settings.elasticsearch_url, settings, greet_s, None)
    known = embedded.start(settings, port) if start_embedded else embedded.running(settings)
    if known is None:
        raise NotRunningError(
            "the embedded search engine does not run; `escucha index`, the desk and `make run` start it"
        )
    try:
        return _greet(known.url, settings, greet_s, known)
    except UnavailableError as error:
        raise UnavailableError(
            f"{error}. If it stays so, end it with `kill -9 {known.pid} {known.engine_pid}`: the next step starts a new one"
        ) from None


def greeted(engine: Engine) -> Engine:
    """The same engine, after it has answered.

    Raises:
        UnavailableError: it does not.
    """
    with translate_errors(engine.url):
        engine.client.perform_request("GET", "/", headers={"accept": "application/json"})
    return engine


def is_current(engine: Engine, settings: Settings) -> bool:
    """False for an embedded engine that has ended or was started anew."""
    if not engine.embedded:
        return True
    known = embedded.running(settings)
    return known is not None and known.instance == engine.instance


def _greet(address: str, settings: Settings, greet_s: float, own: EngineProcess | None) -> Engine:
    """Ask who is there, and refuse what cannot serve. `own` is the embedded engine's record."""
    url, login = _split_login(address)
    access = {"headers": {TOKEN_HEADER: own.token}} if own else _credentials(settings, login)
    client = Elasticsearch(url, **access, **_options(settings, url))
    with translate_errors(url):
        answer = client.options(request_timeout=greet_s).perform_request(
            "GET", "/", headers={"accept": "application/json"}
        )
    flavour, version = _who(answer.body, url)
    _old_enough(flavour, version, url)
    return Engine(client, flavour, version, url, embedded=own is not None, instance=own.instance if own else "")


def _split_login(address: str) -> tuple[str, tuple[str, str] | None]:
    """A password in the address must not reach a log: it goes its own way."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError("ESCUCHA_ELASTICSEARCH_URL is not an address such as https://search.example.org:9200")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 9200)
    except ValueError:
        raise ConfigurationError("ESCUCHA_ELASTICSEARCH_URL: the port is not a number from 1 to 65535") from None
    url = urlunsplit((parts.scheme, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", parts.path, "", ""))
    login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return url.rstrip("/"), login


def _credentials(settings: Settings, login: tuple[str, str] | None) -> dict[str, Any]:
    if settings.elasticsearch_api_key is not None:
        return {"api_key": settings.elasticsearch_api_key.get_secret_value()}
    if settings.elasticsearch_user:
        password = settings.elasticsearch_password
        if password is None:
            raise ConfigurationError("ESCUCHA_ELASTICSEARCH_USER is set: set ESCUCHA_ELASTICSEARCH_PASSWORD too")
        return {"basic_auth": (settings.elasticsearch_user, password.get_secret_value())}
    return {"basic_auth": login} if login else {}


def _options(settings: Settings, url: str) -> dict[str, Any]:
    """No retries here: the writer retries, and it alone. Compression only where the network costs more than the CPU."""
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
    """Ours first, then the house-wide variables every tool behind a private authority honours; None: the public ones."""
    path = settings.elasticsearch_ca or os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if path and not Path(path).exists():
        raise ConfigurationError(f"ESCUCHA_ELASTICSEARCH_CA (or SSL_CERT_FILE): there is no file {path}")
    return path or None


def _who(answer: Any, url: str) -> tuple[Flavour, str]:
    version = answer.get("version") if isinstance(answer, dict) else None
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(version, dict) or not isinstance(number, str):
        raise ConfigurationError(f"{url} answers, but it is no search engine: check ESCUCHA_ELASTICSEARCH_URL")
    if version.get("distribution") != "opensearch":
        return "elasticsearch", number
    return ("osmem" if version.get("build_hash") == "osmem" else "opensearch"), number


def _old_enough(flavour: Flavour, version: str, url: str) -> None:
    found = re.match(r"(\d+)\.(\d+)", version)
    oldest = OLDEST[flavour]
    if found is None or (int(found[1]), int(found[2])) < oldest:
        raise ConfigurationError(
            f"{url} is {flavour} {version}: too old. Escucha needs {flavour} {oldest[0]}.{oldest[1]} or newer"
        )
