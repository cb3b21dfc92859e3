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
from core.web.connection import server_config
from desk.app import create_app
from desk.pages.public import FRESH_S, ResponseTimesCache
from pipeline.context import Context
from reports.output import open_data
from tests.component.desk.test_desk import NOW
from tests.support.seeded import open_seeded

GET_S = 60
"""A desk that stands still while it counts would answer never."""


class Counting:
    """The count of the public page, which goes on until the test ends it."""

    def __init__(self) -> None:
        self.made = 0
        self.began, self.may_end = threading.Event(), threading.Event()


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 60, NOW)
    yield context
    context.ledger.close()


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Counting takes as long as in a large city; each count is noted."""
    counting = Counting()
    count = open_data.response_times

    def slow(*arguments: object) -> object:
        counting.made += 1
        counting.began.set()
        assert counting.may_end.wait(GET_S)
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", slow)
    return counting


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    settings = Settings(desk_port=0)
    server = uvicorn.Server(server_config(create_app(context), settings.desk_host, settings.desk_port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def status(address: str) -> int:
    return httpx.get(address, trust_env=False, timeout=GET_S).status_code


def test_forty_at_once_cost_one_count_and_staff_work_on(address: str, counting: Counting) -> None:
    paths = ["/public", "/public/data.csv", "/public/data.json", "/public"] * 10
    with ThreadPoolExecutor(44) as pool:
        crowd = [pool.submit(status, address + path) for path in paths]
        try:
            assert counting.began.wait(GET_S)
            assert [status(f"{address}/cases") for _ in range(3)] == [200] * 3
            assert not any(one.done() for one in crowd)  # they still wait: staff did not
        finally:
            counting.may_end.set()
        assert {one.result() for one in crowd} == {200}
    assert counting.made == 1
    assert status(f"{address}/public") == 200
    assert counting.made == 1


def test_known_numbers_are_not_sent_again_and_belong_to_nobody(context: Context) -> None:
    client = TestClient(create_app(context), base_url="http://127.0.0.1", client=("203.0.113.9", 1))
    for path in ("/public", "/public/data.csv", "/public/data.json"):
        answer = client.get(path)
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert "set-cookie" not in answer.headers
        again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get(path, headers={"if-none-match": '"other"'}).content == answer.content


def test_each_language_has_its_own_page(context: Context) -> None:
    client = TestClient(create_app(context), base_url="http://127.0.0.1")
    found = [client.get("/public", headers={"accept-language": language}) for language in ("es", "en", "es")]
    assert ['lang="es"' in answer.text[:100] for answer in found] == [True, False, True]
    assert found[0].headers["etag"] == found[2].headers["etag"] != found[1].headers["etag"]


def test_numbers_are_counted_anew_after_a_minute(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    client = TestClient(create_app(context), base_url="http://127.0.0.1")
    made: list[int] = []
    count = open_data.response_times

    def noted(*arguments: object) -> object:
        made.append(1)
        return count(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", noted)
    monkeypatch.setattr(ResponseTimesCache, "now", lambda self: moment)
    client.get("/public")
    moment += FRESH_S - 1
    client.get("/public/data.csv")
    assert len(made) == 1
    moment += 2
    client.get("/public/data.json")
    assert len(made) == 2
