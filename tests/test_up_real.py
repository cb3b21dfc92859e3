"""`make run` for real: from an empty home to `ready:`, Airflow's tasks from trigger to green, and nothing left behind at the end."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from escucha.leftovers import MARK
from tests.house import ROOT, environment, escucha, write_posts, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

POSTS = 24
STEPS = {"collect", "classify", "triage", "deliver", "index"}
STOP_S = 10.0
PARENT = (
    "import os, subprocess, sys; subprocess.run(sys.argv[1:], env=os.environ | {'ESCUCHA_STOP_WITH': str(os.getpid())})"
)


@dataclass
class House:
    """One home with its profile, ports, and the supervisor when it runs."""

    folder: Path
    env: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def port(self, name: str) -> int:
        return int(self.env[f"ESCUCHA_{name}_PORT"])

    def start(self, *above: str) -> None:
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            command = [*above, sys.executable, "-m", "escucha.cli", "up"]
            self.process = subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=out, stderr=err)
        self.began = time.monotonic()

    def said(self) -> str:
        return (self.folder / "err").read_text()

    def wait(self, good: Callable[[], bool], seconds: float) -> float:
        """Until it is so; how long it took since the start."""
        assert self.process is not None
        while not good():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.said()}")
            if time.monotonic() > self.began + seconds:
                raise AssertionError(f"not within {seconds} s:\n{self.said()}")
            time.sleep(0.1)
        return time.monotonic() - self.began

    def ready(self) -> bool:
        return (self.folder / "out").read_text() == f"ready: http://127.0.0.1:{self.port('DESK')}/\n"

    def listening(self) -> bool:
        return "Airflow: listening to archive" in self.said()

    def airflow(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port('AIRFLOW')}/api/v2/{path}"
        answer = httpx.request(method, url, json=body, timeout=30, trust_env=False).raise_for_status().json()
        assert isinstance(answer, dict)
        return answer

    def run_dag(self, dag_id: str, seconds: float = 120) -> str:
        """Trigger it; its run's id once it has ended green."""
        run_id = str(self.airflow("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])
        until = time.monotonic() + seconds
        while (state := self.airflow("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"]) not in ("success", "failed"):
            assert time.monotonic() < until, f"{dag_id} is still {state}"
            time.sleep(0.5)
        tasks = self.airflow("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        assert {task["task_id"]: task["state"] for task in tasks} == {task["task_id"]: "success" for task in tasks}
        assert state == "success"
        return run_id

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Tell it to stop; its exit code and how long it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(60)
        return code, time.monotonic() - began

    def left(self) -> list[str]:
        """What still runs for this home: by our mark, or with its folder in its environment or command."""
        found = []
        for process in psutil.process_iter():
            try:
                told = process.environ()
                words = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if process.pid != os.getpid() and (told.get(MARK) == str(self.home) or str(self.home) in words):
                found.append(f"{process.pid} {words}")
        return found

    def counts(self) -> dict[str, Any]:
        standing = json.loads(escucha("status", "--json", env=self.env).stdout)
        source = standing["sources"]["archive"]
        return {name: source[name] for name in ("stored", "updated")} | {"classified": standing["steps"]["classified"]}


def free_ports(count: int) -> list[str]:
    """Below those the kernel gives to outgoing connections: another test's connection must not take one between two starts."""
    found: list[str] = []
    while len(found) < count:
        port = random.randrange(20000, 32000)  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(str(port))
    return found


def make(folder: Path) -> House:
    folder.mkdir(exist_ok=True)
    write_posts(folder / "posts.jsonl", POSTS)
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    env |= dict(zip(("ESCUCHA_DESK_PORT", "ESCUCHA_AIRFLOW_PORT", "ESCUCHA_SEARCH_PORT"), free_ports(3), strict=True))
    return House(folder, {key: value for key, value in env.items() if not key.startswith("AIRFLOW")})


def end(house: House) -> None:
    """Whatever a failed test left, and only that."""
    if house.process is not None and house.process.poll() is None:
        house.process.terminate()
        house.process.wait(60)
    for line in house.left():
        psutil.Process(int(line.split()[0])).kill()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = make(tmp_path / "house")
    yield made
    end(made)


def test_from_an_empty_home_to_green_tasks_and_back_to_nothing(house: House) -> None:
    house.start()
    took = house.wait(house.ready, 180)
    ready_at = datetime.now(UTC)
    assert took < 180
    house.wait(house.listening, 240)
    assert house.said().index("first pass: done") < house.said().index("Airflow: listening to archive")

    for dag_id in ("listen_archive", "verify", "follow", "forget"):
        run_id = house.run_dag(dag_id)
        if dag_id == "listen_archive":
            check_what_tasks_hand_on(house, dag_id, run_id)
    runs = house.airflow("GET", "dags/listen_archive/dagRuns")["dag_runs"]
    assert [run for run in runs if datetime.fromisoformat(run["start_date"]) < ready_at] == []

    check_killed_parts_come_back(house)
    before = house.counts()
    assert before == {"stored": POSTS, "updated": 0, "classified": POSTS}
    code, seconds = house.stop()
    assert (code, house.left()) == (0, [])
    assert seconds < STOP_S

    house.start()  # it finds its state, is ready at once, and does nothing twice
    assert house.wait(house.ready, 60) < 60
    assert house.counts() == before
    assert json.loads(escucha("verify", "--json", env=house.env).stdout)["ok"] is True
    code, seconds = house.stop(signal.SIGINT)
    assert (code, house.left()) == (0, [])
    assert seconds < STOP_S


def check_what_tasks_hand_on(house: House, dag_id: str, run_id: str) -> None:
    """Counts, and nothing that grows with the posts: Airflow keeps what tasks hand on in its own database."""
    for task_id in STEPS:
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
        entries = house.airflow("GET", path)["xcom_entries"]
        assert [entry["key"] for entry in entries] == ["return_value"]
        value = house.airflow("GET", f"{path}/return_value?deserialize=true")["value"]
        assert isinstance(value, dict)
        assert all(isinstance(count, int) for count in value.values())
        assert len(json.dumps(value)) < 500


def check_killed_parts_come_back(house: House) -> None:
    desk = json.loads((house.home / "run" / "part-desk.json").read_text())["pid"]
    engine = json.loads((house.home / "run" / "search.json").read_text())["pid"]
    os.kill(desk, signal.SIGKILL)
    os.kill(engine, signal.SIGKILL)
    house.wait(lambda: answers(house.port("DESK")) and "starting it and filling it again" in house.said(), 400)
    until = time.monotonic() + 90
    while not verified_with_engine(house):
        assert time.monotonic() < until, house.said()
        time.sleep(1)


def verified_with_engine(house: House) -> bool:
    lines = json.loads(escucha("verify", "--json", env=house.env, check=False).stdout)["lines"]
    return all(line["ok"] is True for line in lines)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=2, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False


def test_after_a_killed_supervisor_the_next_start_ends_what_is_left_and_goes_on(house: House) -> None:
    house.start()
    house.wait(house.listening, 240)
    assert house.process is not None
    house.process.kill()
    house.process.wait()
    left = house.left()
    assert len(left) >= 5
    house.start()
    house.wait(house.ready, 60)
    assert "ended what an earlier start had left running: " in house.said()
    assert [line for line in left if line in house.left()] == []
    assert house.counts() == {"stored": POSTS, "updated": 0, "classified": POSTS}
    assert house.stop()[0] == 0
    assert house.left() == []


@pytest.mark.parametrize("after_s", [0.2, 1.0, 3.0, 6.0, 10.0, 15.0])
def test_told_to_stop_while_starting_it_leaves_nothing(after_s: float, house: House) -> None:
    house.start()
    time.sleep(after_s)
    code, seconds = house.stop()
    assert house.left() == [], house.said()
    assert seconds < STOP_S
    assert code in (0, -signal.SIGTERM)  # -15: Python itself was still starting


def test_a_killed_make_takes_the_supervisor_with_it(house: House) -> None:
    house.start(sys.executable, "-c", PARENT)
    house.wait(house.ready, 180)
    assert house.process is not None
    house.process.kill()
    house.process.wait()
    until = time.monotonic() + STOP_S + 2
    while house.left():
        assert time.monotonic() < until, house.left()
        time.sleep(0.1)


def test_two_run_side_by_side_and_a_second_of_the_same_home_is_refused(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    try:
        one.start()
        two.start()
        one.wait(one.ready, 180)
        two.wait(two.ready, 180)
        second = subprocess.run(
            [sys.executable, "-m", "escucha.cli", "up"],
            env=one.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert "Escucha runs here already" in second.stderr
        assert one.stop()[0] == 0
        assert one.left() == []
        assert answers(two.port("DESK"))
        assert two.stop()[0] == 0
        assert two.left() == []
    finally:
        end(one)
        end(two)
