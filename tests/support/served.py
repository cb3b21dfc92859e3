"""Run a real desk or portal in a separate process.

`escucha desk` or `escucha portal` with a small ledger, no search engine, and its log.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.support.deployment import ROOT, environment, write_posts, write_profile
from tests.support.running import free_ports


@dataclass
class Served:
    """Hold a running desk or portal."""

    process: psutil.Process
    port: int
    log: Path
    env: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss) / 1e6

    def deleted_files(self) -> list[str]:
        """List unnamed temporary files, made for forms too large for memory."""
        links = (str(fd.readlink()) for fd in Path(f"/proc/{self.process.pid}/fd").iterdir() if fd.is_symlink())
        return [link for link in links if link.endswith("(deleted)")]


def desk_environment(folder: Path, **more: str) -> dict[str, str]:
    """Create a home with four posts, no search engine, free ports."""
    write_posts(folder / "posts.jsonl", 4)
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    desk, portal = free_ports(2)
    ports = {"ESCUCHA_DESK_PORT": desk, "ESCUCHA_PORTAL_PORT": portal}
    return env | ports | {"ESCUCHA_ELASTICSEARCH_URL": "http://127.0.0.1:9"} | more


@contextlib.contextmanager
def serve(folder: Path, command: str = "desk", **more: str) -> Iterator[Served]:
    """Run the desk, or the portal, until the end of the block."""
    env = desk_environment(folder, **more)
    log = folder / f"{command}.log"
    with log.open("wb") as out:
        program = subprocess.Popen([sys.executable, "-m", "escucha.cli", command], env=env, cwd=ROOT, stdout=out, stderr=out)
    served = Served(psutil.Process(program.pid), int(env[f"ESCUCHA_{command.upper()}_PORT"]), log, env)
    try:
        until = time.monotonic() + 300
        while not _answers(served.address):
            assert program.poll() is None, served.said()
            assert time.monotonic() < until, served.said()
            time.sleep(0.1)
        yield served
    finally:
        program.terminate()
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/alive", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
