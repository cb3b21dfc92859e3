"""Airflow's real scheduler: sources that hang hold up nothing else, and a report whose posts are not read yet comes back."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from core.config.settings import Settings
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN
from tests.support.deployment import ROOT, environment, escucha, write_profile
from tests.support.running import House, free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FROZEN = ("consul", "decidim", "discourse", "mastodon")
HOUR = timedelta(hours=1)


class Dripping(threading.Thread):
    """A server that takes every request and sends a byte of its answer every two seconds: a client gives up after a minute."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.over = threading.Event()

    def run(self) -> None:
        open_: list[socket.socket] = []
        self.listening.settimeout(2)
        while not self.over.is_set():
            try:
                open_.append(self.listening.accept()[0])
                open_[-1].sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            except TimeoutError:
                pass
            for one in list(open_):
                try:
                    one.sendall(b"x")
                except OSError:
                    one.close()
                    open_.remove(one)
        for one in (*open_, self.listening):
            one.close()


def profile(folder: Path, port: int) -> Path:
    """A city with four sources that hang, one file, and a report that was due half an hour ago."""
    an_hour_ago = f"{datetime.now(UTC) - HOUR:%Y-%m-%dT%H:%M:%SZ}"
    post = {"id": "1", "text": "La farola de la plaza de Lavapiés está fundida.", "created_at": an_hour_ago}
    (folder / "posts.jsonl").write_text(f"{json.dumps(post)}\n")
    path = write_profile(folder, folder / "posts.jsonl")
    due = datetime.now(ZoneInfo("Europe/Madrid")) - HOUR / 2
    text = path.read_text().replace('[reports.weekly]\nschedule = "0 7 * * MON"', f'[reports.briefing]\nschedule = "{due:%M %H} * * *"')
    address = f"http://127.0.0.1:{port}"
    tables = {
        "consul": f'site = "{address}"',
        "decidim": f'proposals = ["{address}/processes/x/f/1"]',
        "discourse": f'sites = ["{address}"]',
        "mastodon": f'servers = ["{address}"]',
    }
    path.write_text(text + "".join(f"[sources.{name}]\n{line}\n" for name, line in tables.items()))
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Scheduler, DAG processor and API as `make run` starts them; all DAGs are paused."""
    folder, server = tmp_path_factory.mktemp("scheduler"), Dripping()
    server.start()
    port = free_ports(1)[0]
    env = environment(folder / "home", profile(folder, server.port)) | {"ESCUCHA_AIRFLOW_PORT": port}
    env = {name: value for name, value in env.items() if not name.startswith("AIRFLOW")}
    settings = Settings(home=folder / "home", airflow_port=int(port))
    env |= scheduler.environment(settings) | {"PYTHONPATH": str(ROOT), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    made = House(folder, env)
    running = []
    with (folder / "log").open("wb") as log:
        for command in (["airflow", "db", "migrate"], ["escucha", "pools"], ["airflow", "dags", "reserialize"]):
            subprocess.run([BIN / command[0], *command[1:]], env=env, cwd=ROOT, stdout=log, stderr=log, check=True, timeout=180)
        held = [str(BIN / "airflow"), "dags", "pause", "--yes", "--treat-dag-id-as-regex", "escucha_.*"]
        subprocess.run(held, env=env, cwd=ROOT, stdout=log, stderr=log, check=True, timeout=180)
        for program in scheduler.PROGRAMS.values():
            running.append(subprocess.Popen([str(BIN / "airflow"), *program], env=env, cwd=ROOT, stdout=log, stderr=log))
    try:
        yield made
    finally:
        server.over.set()
        for one in running:
            one.terminate()
        for one in running:
            try:
                one.wait(60)
            except subprocess.TimeoutExpired:  # Airflow's DAG processor sometimes does not end by itself
                one.kill()
                one.wait()
        server.join()


def states(house: House, dag_id: str, run_id: str) -> dict[str, str | None]:
    found = house.airflow(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
    return {task["task_id"]: task["state"] for task in found}


def has_begun(house: House, dag_id: str, task_id: str) -> bool:
    found = house.airflow(f"dags/{dag_id}/dagRuns/~/taskInstances?task_id={task_id}")["task_instances"]
    return any(task["task_id"] == task_id and task["state"] in ("running", "success") for task in found)


def unpaused(house: House, *dag_ids: str) -> None:
    for dag_id in dag_ids:
        url = f"{house.api()}/dags/{dag_id}"
        httpx.patch(url, json={"is_paused": False}, timeout=120, trust_env=False).raise_for_status()


def wait_for(what: Callable[[], object], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.5)


def healthy(house: House) -> bool:
    try:
        return bool(house.airflow("monitor/health")["scheduler"]["status"] == "healthy")
    except httpx.HTTPError:
        return False


def test_a_report_whose_posts_are_not_read_yet_comes_back_without_holding_a_slot(house: House) -> None:
    wait_for(lambda: healthy(house), 300)
    assert escucha("collect", "--source", "archive", env=house.env).returncode == 0
    unpaused(house, "escucha_report")
    run_id = house.trigger("escucha_report", time.monotonic() + 120)
    wait_for(lambda: states(house, "escucha_report", run_id) == {"briefing": "up_for_reschedule"}, 200)
    assert house.airflow("pools/escucha_steps")["occupied_slots"] == 0
    (log,) = (house.home / "airflow" / "logs").glob("dag_id=escucha_report/*/task_id=briefing/attempt=1.log")
    assert "report briefing: 1 posts of its days are not read yet: it waits for them, until" in log.read_text()
    assert not (house.home / "reports").exists()


def test_sources_that_hang_hold_up_neither_heartbeat_nor_triage_nor_answers(house: House) -> None:
    """Four sources fill their pool for as long as they hang; everything else has slots of its own."""
    wait_for(lambda: healthy(house), 300)
    collecting = [f"escucha_collect_{name}" for name in FROZEN]
    unpaused(house, *collecting)  # each starts at once
    wait_for(lambda: house.airflow("pools/escucha_sources")["running_slots"] == len(FROZEN), 200)
    others = {"escucha_heartbeat": "heartbeat", "escucha_answer": "answer", "escucha_process": "classify"}
    unpaused(house, *others)
    wait_for(lambda: all(has_begun(house, *one) for one in others.items()), 240)
    assert house.airflow("pools/escucha_sources")["running_slots"] == len(FROZEN), "they began while all four hang"
