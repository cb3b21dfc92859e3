"""The dashboards for Kibana as NDJSON, a set for each language of the city, to import by hand or to push.

Made for Kibana 8.19 and 9.x from its published schemas; no Kibana could run where this was written (docs/reference/dashboards.md).
"""

import ssl
from pathlib import Path

import httpx
import orjson

from core.config.city import City
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.user_agent import user_agent
from dashboards.kibana.saved_objects import saved_objects

PUSH_TIMEOUT_S = 60
BUSY = frozenset({429, 502, 503, 504})


def export(city: City, folder: Path) -> list[Path]:
    """Write one NDJSON file for each language of the city; the same city gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language in city.languages:
        path = folder / f"escucha.{language}.ndjson"
        path.write_bytes(ndjson(city, language))
        written.append(path)
    return written


def ndjson(city: City, language: str) -> bytes:
    """All saved objects of one language, one a line."""
    return b"".join(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) + b"\n" for one in saved_objects(city, language))


def push(city: City, settings: Settings, url: str) -> dict[str, int]:
    """Send all sets to a Kibana, over what stands there from before; says how many objects of each language it took.

    Raises:
        ConfigurationError: the address, certificate or login is wrong.
        UnavailableError: Kibana does not answer now.
        EscuchaError: Kibana refused an object; the message says which and why.
    """
    return {
        language: _push(city, settings, url.rstrip("/"), language, ndjson(city, language))
        for language in city.languages
    }


def _push(city: City, settings: Settings, url: str, language: str, body: bytes) -> int:
    """Kibana takes the logins of its Elasticsearch."""
    headers, login = {"kbn-xsrf": "true", "user-agent": user_agent(city)}, None
    if settings.elasticsearch_api_key is not None:
        headers["authorization"] = f"ApiKey {settings.elasticsearch_api_key.get_secret_value()}"
    elif settings.elasticsearch_user and settings.elasticsearch_password is not None:
        login = (settings.elasticsearch_user, settings.elasticsearch_password.get_secret_value())
    try:
        answer = httpx.post(
            f"{url}/api/saved_objects/_import", params={"overwrite": "true"}, headers=headers, auth=login,
            files={"file": (f"escucha.{language}.ndjson", body, "application/ndjson")},
            timeout=PUSH_TIMEOUT_S, verify=_authority(settings),
        )  # fmt: skip
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise ConfigurationError(f"--kibana {url}: not an address such as https://kibana.example.org:5601") from None
    except httpx.HTTPError as error:
        raise UnavailableError(f"Kibana {url} does not answer: {error or type(error).__name__}") from None
    return _taken(url, answer)


def _authority(settings: Settings) -> ssl.SSLContext | bool:
    """The site's own certificate authority, if it has one; else the public ones, or those of SSL_CERT_FILE."""
    if not settings.elasticsearch_ca:
        return True
    try:
        return ssl.create_default_context(cafile=settings.elasticsearch_ca)
    except OSError as error:
        raise ConfigurationError(f"ESCUCHA_ELASTICSEARCH_CA {settings.elasticsearch_ca}: {error}") from None


def _taken(url: str, answer: httpx.Response) -> int:
    if answer.status_code in (401, 403):
        raise ConfigurationError(
            f"Kibana {url} does not let us in (HTTP {answer.status_code}): set ESCUCHA_ELASTICSEARCH_API_KEY, or _USER and "
            "_PASSWORD, of someone who may manage saved objects"
        )
    if answer.status_code in BUSY:
        raise UnavailableError(f"Kibana {url} is not ready (HTTP {answer.status_code}); try again later")
    try:
        said = answer.json()
    except ValueError:
        raise ConfigurationError(f"{url} answers (HTTP {answer.status_code}), but it is no Kibana") from None
    if answer.status_code != 200 or not said.get("success"):
        wrong = "; ".join(f"{e.get('type')} {e.get('id')}: {e.get('error', {})}" for e in said.get("errors", []))
        raise EscuchaError(
            f"Kibana {url} did not take the dashboards: {wrong or said.get('message', answer.status_code)}"
        )
    return int(said["successCount"])
