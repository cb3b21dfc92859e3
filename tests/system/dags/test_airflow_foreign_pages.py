"""Airflow as `make run` starts it answers no foreign page: neither under a foreign name nor to a request that another page sends."""

import asyncio
import functools
import http.server
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from core.config.settings import Settings
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN
from tests.support.deployment import ROOT, environment, write_posts, write_profile
from tests.support.running import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
CHROMIUM = shutil.which("chromium")
VARIABLE = {"key": "planted", "value": "x"}
EVIL = {"Host": "evil.com"}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Airflow's API server with the schedules of one source; the address."""
    folder = tmp_path_factory.mktemp("airflow")
    write_posts(folder / "posts.jsonl", 4)
    settings = Settings(home=folder / "home", airflow_port=int(free_ports(1)[0]))
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    env = {name: value for name, value in env.items() if not name.startswith("AIRFLOW")}
    env |= scheduler.environment(settings) | {"PYTHONPATH": str(ROOT), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    with (folder / "log").open("wb") as log:
        for command in (("db", "migrate"), ("dags", "reserialize")):
            subprocess.run([BIN / "airflow", *command], env=env, cwd=ROOT, stdout=log, stderr=log, check=True, timeout=180)
        server = subprocess.Popen([BIN / "airflow", "api-server"], env=env, cwd=ROOT, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 400
        while not healthy(scheduler.base_url(settings)):
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.5)
        yield scheduler.base_url(settings)
    finally:
        server.terminate()
        server.wait(60)


def healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/monitor/health", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def call(address: str, method: str, path: str, headers: dict[str, str], json: object = None) -> int:
    return httpx.request(method, f"{address}/api/v2/{path}", headers=headers, json=json, timeout=60, trust_env=False).status_code


def requests(address: str, headers: dict[str, str], run: str) -> list[int]:
    """What the review sent: a variable made, a schedule paused, another triggered."""
    return [
        call(address, "POST", "variables", headers, VARIABLE),
        call(address, "PATCH", "dags/escucha_collect_archive", headers, {"is_paused": True}),
        call(address, "POST", "dags/escucha_verify/dagRuns", headers, {"logical_date": None, "dag_run_id": run}),
        call(address, "GET", "variables", headers),
    ]


FOREIGN = [
    EVIL,
    {"Host": "evil.com:8801"},
    {"Host": "127.0.0.1.evil.com"},
    {"Origin": "http://evil.com"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_foreign_page_makes_no_variable_pauses_and_triggers_nothing(airflow: str, headers: dict[str, str]) -> None:
    assert requests(airflow, headers, f"foreign-{time.time_ns()}") == [403] * 4
    assert call(airflow, "GET", "variables/planted", {}) == 404


def test_a_form_that_no_browser_asks_about_first_is_refused(airflow: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        assert call(airflow, "POST", "variables", {"Content-Type": kind}, VARIABLE) == 403


def test_its_own_page_and_the_supervisor_work_as_before(airflow: str) -> None:
    own = {"Origin": airflow, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert requests(airflow, own, "own") == [201, 200, 200, 200]
    assert call(airflow, "DELETE", "variables/planted", {}) == 204
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert httpx.get(f"{airflow}/", headers=link, timeout=60, trust_env=False, follow_redirects=True).status_code == 200


@pytest.fixture
def evil_page(tmp_path: Path) -> Iterator[int]:
    """A web server of somebody else; its port."""
    (tmp_path / "index.html").write_text("<!doctype html><title>win a prize</title>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium (apt-get install chromium)")
def test_in_a_real_browser_neither_a_blind_post_nor_a_rebound_name_reaches_it(airflow: str, evil_page: int) -> None:
    port = airflow.rpartition(":")[2]
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = chromium.new_page()
        page.goto(f"http://evil.example:{evil_page}/index.html")
        for kind in ("text/plain", "application/json"):
            page.evaluate(
                """([address, kind]) => fetch(address + "/api/v2/variables", {method: "POST", mode: "no-cors",
                   headers: {"Content-Type": kind}, body: '{"key": "planted", "value": "x"}'}).catch(() => null)""",
                [airflow, kind],
            )
        answer = page.goto(f"http://evil.example:{port}/api/v2/variables")
        assert answer is not None
        assert answer.status == 403
        assert "unknown host name" in answer.text()
        chromium.close()
    assert call(airflow, "GET", "variables/planted", {}) == 404


def test_the_supervisor_notices_whether_the_plugin_is_there(airflow: str, evil_page: int) -> None:
    port = int(airflow.rpartition(":")[2])
    assert asyncio.run(scheduler.accepts_foreign_host(Settings(airflow_port=port))) is False
    assert asyncio.run(scheduler.accepts_foreign_host(Settings(airflow_port=evil_page))) is True
