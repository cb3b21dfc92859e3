"""Run a real desk in a separate process.

`escucha desk` with a small ledger, no search engine, and its log.
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
    """Hold a running desk."""

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
    """Create a home with four posts, no search engine, a free port."""
    write_posts(folder / "posts.jsonl", 4)
    env = environment(folder / "home", write_profile(folder, folder / "posts.jsonl"))
    (port,) = free_ports(1)
    return env | {"ESCUCHA_DESK_PORT": port, "ESCUCHA_ELASTICSEARCH_URL": "http://127.0.0.1:9"} | more


@contextlib.contextmanager
def serve(folder: Path, **more: str) -> Iterator[Served]:
    """Run the desk until the end of the block."""
    env = desk_environment(folder, **more)
    log = folder / "desk.log"
    with log.open("wb") as out:
        program = subprocess.Popen(
            [sys.executable, "-m", "escucha.cli", "desk"], env=env, cwd=ROOT, stdout=out, stderr=out
        )
    served = Served(psutil.Process(program.pid), int(env["ESCUCHA_DESK_PORT"]), log, env)
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
