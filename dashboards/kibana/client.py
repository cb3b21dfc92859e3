"""Call Kibana's HTTP API, and explain its errors.

Only documented calls are made: status, spaces, roles, export and import of saved objects, dashboards, and alerting rules.
"""

import ssl
from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from core.config.city import City
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.limited_http import LimitedClient
from core.user_agent import user_agent

Json = dict[str, Any]

TIMEOUT_S = 60.0
"""Of one call as a whole, however slowly the answer comes in."""
MAX_ANSWER = 64 * 2**20
API_VERSION = {"elastic-api-version": "2023-10-31"}
"""Version of Kibana's public interface, the only one so far."""
BUSY = frozenset({429, 502, 503, 504})


class KibanaClient:
    """Call one Kibana with the credentials of Elasticsearch, which it accepts."""

    def __init__(self, url: str, city: City, settings: Settings, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        headers, login = {"kbn-xsrf": "true", "user-agent": user_agent(city)}, None
        if settings.elasticsearch_api_key is not None:
            headers["authorization"] = f"ApiKey {settings.elasticsearch_api_key.get_secret_value()}"
        elif settings.elasticsearch_user and settings.elasticsearch_password is not None:
            login = (settings.elasticsearch_user, settings.elasticsearch_password.get_secret_value())
        self._http = LimitedClient(timeout_s, MAX_ANSWER, headers=headers, auth=login, verify=_authority(settings))

    def __enter__(self) -> "KibanaClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def find(self, path: str) -> Json | None:
        """Return an object; None when there is none.

        Raises:
            ConfigurationError: the address, certificate or login is wrong.
            UnavailableError: Kibana does not answer now.
            EscuchaError: Kibana refused; the message says why.
        """
        status, body = self._call("GET", path, headers=API_VERSION)
        return None if status == 404 else _object(self.url, path, body)

    def send(self, method: str, path: str, content: Json) -> None:
        """Create or change an object; errors are those of `find`."""
        status, _body = self._call(method, path, json=content, headers=API_VERSION)
        if status == 404:
            raise ConfigurationError(f"{self.url}{path} does not exist: it is not the address of a Kibana 8.19 or newer")

    def saved_objects(self, space: str, types: Sequence[str]) -> list[Json]:
        """Return all saved objects of these types in a space."""
        path = f"{_in(space)}/api/saved_objects/_export"
        status, body = self._call("POST", path, json={"type": list(types), "excludeExportDetails": True})
        if status == 404:
            raise ConfigurationError(f"{self.url}{path} does not exist: it is not the address of a Kibana 8.19 or newer")
        try:
            return [orjson.loads(line) for line in body.splitlines() if line.strip()]
        except orjson.JSONDecodeError:
            raise ConfigurationError(f"{self.url} answers, but is not Kibana: no JSON") from None

    def import_objects(self, space: str, objects: Sequence[Json]) -> None:
        """Import saved objects over those with the same ids."""
        path = f"{_in(space)}/api/saved_objects/_import?overwrite=true"
        content = b"".join(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in objects)
        status, body = self._call("POST", path, files={"file": ("escucha.ndjson", content, "application/ndjson")})
        answer = _object(self.url, path, body)
        if status != 200 or not answer.get("success"):
            errors = "; ".join(f"{e.get('type')} {e.get('id')}: {e.get('error', {})}" for e in answer.get("errors", []))
            raise EscuchaError(f"Kibana {self.url} rejected the dashboards: {errors or answer.get('message', status)}")

    def _call(self, method: str, path: str, **content: Any) -> tuple[int, bytes]:
        try:
            answer = self._http.request(method, f"{self.url}{path}", **content)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            raise ConfigurationError(f"--kibana {self.url}: not a URL such as https://kibana.example.org:5601") from None
        except httpx.HTTPError as error:
            raise UnavailableError(f"Kibana {self.url} does not answer: {error or type(error).__name__}") from None
        status, body = answer.status_code, answer.content
        if status in (401, 403):
            raise ConfigurationError(
                f"Kibana {self.url}: authentication failed (HTTP {status}) at {path}: set ESCUCHA_ELASTICSEARCH_API_KEY, or _USER "
                "and _PASSWORD, of a user who may manage saved objects, spaces, roles and rules"
            )
        if status in BUSY:
            raise UnavailableError(f"Kibana {self.url} is not ready (HTTP {status}); try again later")
        if status >= 400 and status != 404:
            raise EscuchaError(f"Kibana {self.url} refused {method} {path} (HTTP {status}): {_message(body)}")
        return status, body


def _in(space: str) -> str:
    return f"/s/{space}"


def _object(url: str, path: str, body: bytes) -> Json:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ConfigurationError(f"{url} answers, but is not Kibana: no JSON at {path}") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{url} answers, but is not Kibana: no object at {path}")
    return found


def _message(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "no reason given"
    return str(found.get("message") or found.get("error") or "no reason given")[:300] if isinstance(found, dict) else "?"


def _authority(settings: Settings) -> ssl.SSLContext | bool:
    """Return the site's certificate authority, if set.

    Else the public ones, or those of SSL_CERT_FILE.
    """
    if not settings.elasticsearch_ca:
        return True
    try:
        return ssl.create_default_context(cafile=settings.elasticsearch_ca)
    except OSError as error:
        raise ConfigurationError(f"ESCUCHA_ELASTICSEARCH_CA {settings.elasticsearch_ca}: {error}") from None
