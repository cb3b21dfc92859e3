"""A server that holds a connection for hours, a byte at a time: every client of HTTP that we have gives it up at its limit."""

import ast
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from collectors.http.download import DownloadLimits, download
from collectors.http.json_api import open_client
from collectors.http.writing import open_writer
from contact_centre import http
from contact_centre.webhooks import sending
from core.config.city import load_city
from core.config.profile.webhooks import Webhook
from core.config.settings import Settings
from core.errors import EscuchaError
from core.records.collection import Budget
from dashboards.kibana.client import KibanaClient
from pipeline.health import alerts, heartbeat
from search.connection.engine import connect
from tests.component.collectors import test_collectors_limits as limits
from tests.support.collector_runs import NOW
from tests.support.deployment import ROOT
from tests.support.toxic import DRIPS, toxic

CITY = load_city(ROOT / "cities" / "madrid.toml")
LIMIT_S = 0.5
"""What each client gives a whole answer here; the server would hold it for three hours."""
GIVEN_UP_S = 15.0
"""The most that a busy machine takes to notice."""


def search_engine(url: str, _: pytest.MonkeyPatch) -> None:
    connect(Settings(elasticsearch_url=url), timeout_s=LIMIT_S)


def ticket_system(url: str, _: pytest.MonkeyPatch) -> None:
    with http.connect(url, LIMIT_S, {}) as client:
        http.ask(client, "GET", "tickets")


def webhook(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WHOLE_S", LIMIT_S)
    sending.post(Webhook.model_validate({"url": url, "secret": "ESCUCHA_WEBHOOK_SECRET"}), b"{}", {})


def kibana(url: str, _: pytest.MonkeyPatch) -> None:
    with KibanaClient(url, CITY, Settings(), timeout_s=LIMIT_S) as client:
        client.find("/api/status")


def outside_monitor(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "TIMEOUT_S", LIMIT_S)
    heartbeat.ping(SecretStr(url), CITY)


def alert(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "TIMEOUT_S", LIMIT_S)
    alerts._post(Settings(alert_webhook=SecretStr(url)), "Escucha", "down", "the scheduler", "watch", "1")


def feed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", LIMIT_S)
    download(url, "", "", DownloadLimits("Escucha", LIMIT_S, 1_000_000, allow_private=True), NOW)


def participation_site(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", LIMIT_S)
    with open_client(url, "[sources.decidim]", Budget(now=NOW, until=NOW), "Escucha") as client:
        client.get_json("/api")


def network_written_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", LIMIT_S)
    with open_writer(url, "ESCUCHA_DISCOURSE_API_KEY", "Escucha") as client:
        client.post("/posts.json", {})


def bluesky(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", LIMIT_S)
    limits.by_atproto(url)


CLIENTS: tuple[Callable[[str, pytest.MonkeyPatch], None], ...] = (
    search_engine,
    ticket_system,
    webhook,
    kibana,
    outside_monitor,
    alert,
    feed,
    participation_site,
    network_written_to,
    bluesky,
)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("way", DRIPS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.__name__)
def test_it_is_given_up_at_the_limit_of_the_client(
    client: Callable[[str, pytest.MonkeyPatch], None], way: str, clean_environment: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    with toxic(way) as server:
        url = f"{'https' if way == 'drip tls' else 'http'}://127.0.0.1:{server.port}"
        if client is webhook and way in DRIPS[2:-1]:  # it reads no body: the head is enough
            client(url, clean_environment)
        else:
            with pytest.raises((EscuchaError, requests.ConnectionError)):
                client(url, clean_environment)
        assert time.monotonic() - began < GIVEN_UP_S


WITHIN_LIMITS = {
    "collectors/http/download.py",  # in `read_in_time`
    "collectors/http/session.py",  # the session with limits
    "collectors/reddit/client.py",  # with the adapter of such a session
    "contact_centre/webhooks/sending.py",  # within `cut_off`
    "core/limited_http.py",  # the client with limits
}
"""Files that make a client of HTTP themselves."""
OWN_SERVERS = {"escucha/supervisor/airflow.py", "escucha/supervisor/services.py"}
"""The supervisor asks the programs that it started, again and again until they answer."""
LIBRARIES = {"httpx", "requests", "urllib3", "urllib.request", "http.client"}
CLIENTS_OF_THEM = {"Client", "AsyncClient", "Session", "PoolManager", "HTTPConnection", "urlopen"} | {
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "request",
    "stream",
}


def clients_made(path: Path) -> set[str]:
    """Return what a file calls, or derives from, that talks HTTP without a limit of the whole answer."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names} & LIBRARIES
    used = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    used += [ast.unparse(base) for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases]
    return {one for one in used if one.rpartition(".")[0] in imported and one.rpartition(".")[2] in CLIENTS_OF_THEM}


def test_no_other_file_of_the_product_talks_http_without_a_limit_of_the_whole_answer() -> None:
    rooms = [one for one in ROOT.iterdir() if (one / "__init__.py").exists() and one.name not in ("tests", "workshop")]
    assert len(rooms) > 10
    paths = [path for room in rooms for path in room.rglob("*.py")]
    assert {str(path.relative_to(ROOT)) for path in paths if clients_made(path)} - OWN_SERVERS == WITHIN_LIMITS
