"""Run Escucha as `make run` does, for tests.

One home with its ports, Airflow's API, and a check that no process is left at the end.
"""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from escucha.supervisor.orphans import MARK
from tests.support.deployment import ROOT, environment, escucha


@dataclass
class House:
    """Hold a home, its profile and ports, and its running supervisor."""

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
        """Wait until it is true; return the seconds since the start."""
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
        return "Airflow: collecting from " in self.said()

    def api(self) -> str:
        return f"http://127.0.0.1:{self.port('AIRFLOW')}/api/v2"

    def airflow(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.api()}/{path}", timeout=120, trust_env=False).raise_for_status().json()
        assert isinstance(answer, dict)
        return answer

    def run_dag(self, dag_id: str, seconds: float = 300) -> str:
        """Trigger a DAG; return its run's id once it has succeeded."""
        until = time.monotonic() + seconds
        run_id = self.trigger(dag_id, until)
        while (state := self.airflow(f"dags/{dag_id}/dagRuns/{run_id}")["state"]) not in ("success", "failed"):
            assert time.monotonic() < until, f"{dag_id} is still {state}"
            time.sleep(0.5)
        tasks = self.airflow(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        # the task that fails when another does has nothing to do
        good = {task["task_id"]: "skipped" if task["task_id"] == "any_failure" else "success" for task in tasks}
        assert {task["task_id"]: task["state"] for task in tasks} == good
        assert state == "success"
        return run_id

    def trigger(self, dag_id: str, until: float) -> str:
        """Trigger a run, again while Airflow's SQLite is locked.

        Its API can wait for itself there, gives up after five seconds with a 500 and has then written nothing (deploy/README.md).
        """
        run_id = f"asked-{time.time_ns()}"
        while True:
            asked = {"logical_date": None, "dag_run_id": run_id}
            answer = httpx.post(f"{self.api()}/dags/{dag_id}/dagRuns", json=asked, timeout=120, trust_env=False)
            if answer.status_code in (httpx.codes.OK, httpx.codes.CONFLICT):  # conflict: the answer before was lost, the run was not
                return run_id
            assert "Database error" in answer.text, answer.text
            assert time.monotonic() < until, answer.text

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send the signal; return the exit code and the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(200)
        return code, time.monotonic() - began

    def left(self) -> list[str]:
        """Return the processes that still run for this home.

        They have our mark, or its folder in their environment or command.
        """
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

    def counts(self, source: str) -> dict[str, Any]:
        standing = json.loads(escucha("status", "--json", env=self.env).stdout)
        row = standing["sources"][source]
        return {name: row[name] for name in ("stored", "updated")} | {"classified": standing["steps"]["classified"]}


def free_ports(count: int) -> list[str]:
    """Return free ports below those the kernel uses for outgoing connections.

    Another test's connection must not take one between two starts.
    """
    found: list[str] = []
    while len(found) < count:
        port = random.randrange(20000, 32000)  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found += [str(port)] if str(port) not in found else []
    return found


def make(folder: Path, profile: Path) -> House:
    """Create a home that was never started, with free ports.

    Its environment is this profile's alone.
    """
    env = environment(folder / "home", profile)
    names = ("ESCUCHA_DESK_PORT", "ESCUCHA_PORTAL_PORT", "ESCUCHA_AIRFLOW_PORT", "ESCUCHA_SEARCH_PORT")
    env |= dict(zip(names, free_ports(len(names)), strict=True))
    return House(folder, {key: value for key, value in env.items() if not key.startswith("AIRFLOW")})


def end(context: House) -> None:
    """End what a failed test left running, and only that."""
    if context.process is not None and context.process.poll() is None:
        context.process.terminate()
        context.process.wait(200)
    for line in context.left():
        with contextlib.suppress(psutil.NoSuchProcess):  # it was just ending by itself
            psutil.Process(int(line.split()[0])).kill()
