"""Compare with other cities over real HTTP: Zaragoza's shape, the standard's, and servers that misbehave."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from core.config.city import City, load_city
from core.config.profile.other_city import OtherCity
from core.errors import ConfigurationError
from escucha.commands.compare import format_text
from ledger.database import Ledger
from pipeline.city import compare as comparing
from pipeline.city.compare import compare, kept
from pipeline.context import Context
from tests.support.portal_facts import MADRID, client_of, portal_context
from tests.support.toxic import toxic

pytest_plugins = ("tests.support.ledger_fixtures",)
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "now", lambda: NOW)


def request(number: int, days_ago: float, hours: float | None, **more: Any) -> dict[str, Any]:
    """Return a request as Zaragoza's server writes it, closed after so many hours."""
    made = NOW - timedelta(days=days_ago)
    changed = made + timedelta(hours=hours or 0)
    return {
        "service_request_id": number,
        "status": "open" if hours is None else "closed",
        "service_code": 97550336,
        "title": "Farola",
        "description": "Ana Canaria, 12345678Z",
        "requested_datetime": made.isoformat(),
        "updated_datetime": changed.isoformat(),
    } | more


REQUESTS = [request(n, 40 + n, 10.0 * (n + 1)) for n in range(8)] + [request(n, 60 + n, None) for n in range(8, 10)]
"""Ten: closed after 10 to 80 hours, two open. Half of all (five) within 50 hours; nine of ten are not closed."""


@dataclass
class Server:
    """Serve requests by windows and pages; `paging` names the parameters it honours."""

    requests: list[dict[str, Any]]
    paging: str = "zaragoza"
    rows: int = 3
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def answer(self, query: dict[str, list[str]]) -> Any:
        self.asked.append(query)
        start, end = (datetime.fromisoformat(query[name][0]) for name in ("start_date", "end_date"))
        mine = [one for one in self.requests if start <= datetime.fromisoformat(one["requested_datetime"]) < end]
        first = {"zaragoza": int(query["start"][0]) // 500 * self.rows, "standard": (int(query["page"][0]) - 1) * self.rows}
        at = first.get(self.paging, 0)
        page = mine[at : at + self.rows]
        return {"totalCount": len(mine), "result": page} if self.paging == "zaragoza" else page


@dataclass
class Running:
    server: Server
    address: str


@pytest.fixture
def running() -> Iterator[Running]:
    serving = Server(REQUESTS)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        served: ClassVar[Server] = serving

        def do_GET(self) -> None:
            body = json.dumps(self.served.answer(parse_qs(urlsplit(self.path).query))).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=http.serve_forever, daemon=True).start()
    yield Running(serving, f"http://127.0.0.1:{http.server_address[1]}/requests.json")
    http.shutdown()
    http.server_close()


def city_beside(address: str, name: str = "Zaragoza") -> City:
    return load_city(MADRID).model_copy(update={"compare": (OtherCity(name=name, address=address),)})


def context_of(home: Path, ledger: Ledger, city: City) -> Context:
    return portal_context(home, ledger, city)


@pytest.mark.parametrize("paging", ["zaragoza", "standard"])
def test_every_request_of_the_period_is_counted_once(running: Running, tmp_path: Path, ledger: Ledger, paging: str) -> None:
    running.server.paging = paging
    [found] = compare(context_of(tmp_path, ledger, city_beside(running.address))).cities
    assert (found.requests, found.closed, found.median_hours, found.p90_hours) == (10, 8, 50.0, None)
    assert found.complete


def test_too_young_old_internal_and_unreadable_requests_are_left_out(running: Running, tmp_path: Path, ledger: Ledger) -> None:
    running.server.requests = [
        *REQUESTS,
        request(20, 29, 1),
        request(21, 121, 1),
        request(22, 50, 1, type="INTERNAL"),
        request(23, 50, 1, updated_datetime=None),
        request(24, 50, -5),
    ]
    [found] = compare(context_of(tmp_path, ledger, city_beside(running.address))).cities
    assert (found.requests, found.closed, found.internal, found.unreadable) == (11, 9, 1, 1)


def test_a_server_that_knows_no_pages_ends(running: Running, tmp_path: Path, ledger: Ledger) -> None:
    running.server.paging, running.server.rows = "none", 1000
    [found] = compare(context_of(tmp_path, ledger, city_beside(running.address))).cities
    assert found.requests == 10
    assert len(running.server.asked) <= 2 * 13


def test_no_text_of_a_request_is_kept(running: Running, tmp_path: Path, ledger: Ledger) -> None:
    compare(context_of(tmp_path, ledger, city_beside(running.address)))
    assert [one for one in ("Canaria", "12345678Z", "Farola") if one in (tmp_path / "compare.json").read_text()] == []


def test_a_file_beside_the_profile_is_read(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "zaragoza.json").write_text(json.dumps(REQUESTS))
    city = city_beside("zaragoza.json").model_copy(update={"path": tmp_path / "madrid.toml"})
    [found] = compare(context_of(tmp_path, ledger, city)).cities
    assert (found.requests, found.median_hours, found.source) == (10, 50.0, "zaragoza.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        ("{", "not JSON"),
        ('{"a": 1}', "not an Open311 list"),
        ("[1, 2]", "not an Open311 list"),
        ('[{"a": 1}]', "no row has a requested_datetime"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_list_of_requests_is_named(tmp_path: Path, ledger: Ledger, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "other.json").write_text(content)
    city = city_beside("other.json").model_copy(update={"path": tmp_path / "madrid.toml"})
    [failure] = compare(context_of(tmp_path, ledger, city)).failures
    assert words in failure.why


@pytest.mark.parametrize("poison", ["refuse", "silence", "drip", "half", "5xx", "bytes", "html", "broken json", "other json", "closed"])
def test_a_server_that_misbehaves_leaves_the_last_figures(
    running: Running, tmp_path: Path, ledger: Ledger, poison: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare(context_of(tmp_path, ledger, city_beside(running.address)))
    monkeypatch.setattr("collectors.http.json_api.TIMEOUT_S", 0.3)
    monkeypatch.setattr("collectors.http.limits.MAX_SECONDS", 0.5)
    with toxic(poison) as line:
        context = context_of(tmp_path, ledger, city_beside(f"http://127.0.0.1:{line.port}/requests.json"))
        found = compare(context)
    assert [one.requests for one in found.cities] == [10]
    assert [one.city for one in found.failures] == ["Zaragoza"]
    assert kept(context) == found
    page = client_of(context, {"accept-language": "en"}).get("/times").text
    assert "Zaragoza" in page
    assert "not up to date" in page


def test_the_page_and_the_command_show_the_cities_side_by_side(running: Running, tmp_path: Path, ledger: Ledger) -> None:
    context = context_of(tmp_path, ledger, city_beside(running.address))
    found = compare(context)
    page = client_of(context, {"accept-language": "en"}).get("/times").text
    assert "made between July 31, 2026 and October 29, 2026" in page
    assert '<td class="n" data-name="Half closed within (hours)">50' in page
    lines = list(format_text(comparing.own_times(context), found))
    assert lines[2].split() == ["Zaragoza", "10", "8", "50.0", "h", "-"]


def test_a_city_that_the_profile_no_longer_names_is_not_shown(running: Running, tmp_path: Path, ledger: Ledger) -> None:
    compare(context_of(tmp_path, ledger, city_beside(running.address)))
    other = context_of(tmp_path, ledger, city_beside(running.address, "Bilbao"))
    assert kept(other).cities == ()
    with pytest.raises(ConfigurationError, match="names no city"):
        compare(context_of(tmp_path, ledger, load_city(MADRID)))


@pytest.mark.parametrize("address", ["http://zaragoza.example/requests.json", "https://user:x@a.example/", "ftp://a.example/x"])
def test_an_address_that_would_leak_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        OtherCity(name="Zaragoza", address=address)
