"""The public page is counted once for all who ask at once, and staff work on meanwhile."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from core.config.settings import Settings
from desk.app import create_app
from desk.http.connection import server_config
from desk.pages.public import FRESH_S, Counted
from pipeline.context import House
from reports.output import open_data
from tests.component.desk.test_desk import NOW
from tests.support.seeded import open_seeded

COUNT_S = 2.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = open_seeded(tmp_path, 60, NOW)
    yield house
    house.ledger.close()


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Counting takes as long as in a large city; each count is noted."""
    made: list[float] = []
    count = open_data.response_times

    def slow(*arguments: object) -> object:
        made.append(time.monotonic())
        time.sleep(COUNT_S)
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", slow)
    return made


@pytest.fixture
def address(house: House) -> Iterator[str]:
    settings = Settings(desk_port=0)
    server = uvicorn.Server(server_config(create_app(house), settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def seconds(address: str) -> float:
    began = time.monotonic()
    assert httpx.get(address, trust_env=False, timeout=60).status_code == 200
    return time.monotonic() - began


def test_forty_at_once_cost_one_count_and_staff_work_on(address: str, counts: list[float]) -> None:
    seconds(f"{address}/cases")
    paths = ["/public", "/public/data.csv", "/public/data.json", "/public"] * 10
    with ThreadPoolExecutor(44) as pool:
        crowd = [pool.submit(seconds, address + path) for path in paths]
        time.sleep(0.3)
        staff = [seconds(f"{address}/cases") for _ in range(3)]
        assert max(one.result() for one in crowd) < COUNT_S + 10
    assert len(counts) == 1
    assert max(staff) < COUNT_S
    assert sum(staff) < COUNT_S + 3
    assert seconds(f"{address}/public") < COUNT_S
    assert len(counts) == 1


def test_known_numbers_are_not_sent_again_and_belong_to_nobody(house: House) -> None:
    client = TestClient(create_app(house), base_url="http://127.0.0.1", client=("203.0.113.9", 1))
    for path in ("/public", "/public/data.csv", "/public/data.json"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert "set-cookie" not in answer.headers
        again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"if-none-match": '"other"'}).content == answer.content


def test_each_language_has_its_own_page(house: House) -> None:
    client = TestClient(create_app(house), base_url="http://127.0.0.1")
    found = [client.get("/public", headers={"accept-language": language}) for language in ("es", "en", "es")]
    assert ['lang="es"' in answer.text[:100] for answer in found] == [True, False, True]
    assert found[0].headers["etag"] == found[2].headers["etag"] != found[1].headers["etag"]


def test_numbers_are_counted_anew_after_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    client = TestClient(create_app(house), base_url="http://127.0.0.1")
    made: list[int] = []
    count = open_data.response_times

    def noted(*arguments: object) -> object:
        made.append(1)
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", noted)
    monkeypatch.setattr(Counted, "now", lambda self: moment)
    client.get("/public")
    moment += FRESH_S - 1
    client.get("/public/data.csv")
    assert len(made) == 1
    moment += 2
    client.get("/public/data.json")
    assert len(made) == 2
