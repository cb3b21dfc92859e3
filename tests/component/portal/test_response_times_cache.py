"""The response times are counted once for all who ask at once, on the portal alone; the desk leads there."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from core.web.connection import server_config
from desk.app import create_app as create_desk
from pipeline.context import Context
from portal.app import create_app
from portal.site import FRESH_S
from reports.output import open_data
from tests.support.portal_facts import client_of
from tests.support.seeded import NOW, open_seeded
from tests.support.served_pages import served_by

GET_S = 60


class Counting:
    """The count of the response times, which goes on until the test ends it."""

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

    def slow(*arguments: object, **named: object) -> object:
        counting.made += 1
        counting.began.set()
        assert counting.may_end.wait(GET_S)
        return count(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", slow)
    return counting


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    with served_by(server_config(create_app(context), "127.0.0.1", 0)) as address:
        yield address


def status(address: str) -> int:
    return httpx.get(address, trust_env=False, timeout=GET_S).status_code


def test_many_at_once_cost_one_count_and_other_pages_answer_meanwhile(address: str, counting: Counting) -> None:
    paths = ["/times", "/data/response-times.csv", "/data/response-times.json", "/"] * 7
    with ThreadPoolExecutor(32) as pool:
        crowd = [pool.submit(status, address + path) for path in paths]
        try:
            assert counting.began.wait(GET_S)
            assert [status(f"{address}/alive") for _ in range(3)] == [200] * 3
        finally:
            counting.may_end.set()
        assert {one.result() for one in crowd} == {200}
    assert counting.made == 1
    assert status(f"{address}/times") == 200
    assert counting.made == 1


def test_page_and_files_show_one_count_until_it_is_made_again(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    count = open_data.response_times

    def noted(*arguments: object, **named: object) -> object:
        made.append(1)
        return count(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(open_data, "response_times", noted)
    client = client_of(context)
    site, moment = client.app.state.site, 1000.0  # type: ignore[attr-defined]
    site.figures.clock = site.pages.clock = lambda: moment
    for path in ("/times", "/data/response-times.csv", "/", "/data/response-times.json"):
        assert client.get(path).status_code == 200
    assert len(made) == 1
    moment += FRESH_S
    client.get("/data/response-times.json")
    assert len(made) == 2


@pytest.mark.parametrize(
    ("path", "there"),
    [("/public", "/times"), ("/public/data.csv", "/data/response-times.csv"), ("/public/data.json", "/data/response-times.json")],
)
def test_the_desk_leads_to_the_portal(context: Context, path: str, there: str) -> None:
    desk = TestClient(create_desk(context), base_url="http://127.0.0.1", client=("203.0.113.9", 1))
    answer = desk.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"http://127.0.0.1:8803{there}")
    assert client_of(context).get(there).status_code == 200
