"""The record of the embedded search engine: its processes, address and token, in `$ESCUCHA_HOME/run/search.json` (mode 0600)."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.config.settings import Settings
from core.records import Record

STOP_S = 3
SAME_START_S = 2.0
"""A start time is read with this tolerance: the kernel's boot time moves when the clock is set."""


class EngineProcess(Record):
    """What run/search.json says. Without `url` the start was cut short."""

    pid: int
    """The doorkeeper (`search.token_proxy`), which started the engine and answers at `url`."""
    started: float
    engine_pid: int = 0
    engine_started: float = 0.0
    url: str = ""
    token: str = ""
    """Every request must show it."""

    @property
    def instance(self) -> str:
        """This start, told apart from every other."""
        return f"{self.pid}:{self.started}"


def process_of(known: EngineProcess) -> psutil.Process | None:
    """The process of the record, unless it has ended or its number now belongs to another."""
    return _alive(known.pid, known.started)


def _alive(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid) if pid else None
        if process is None or abs(process.create_time() - started) >= SAME_START_S:
            return None
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end(known: EngineProcess | None) -> bool:
    """End the processes of the record, kindly first, frozen ones too; False when all have ended already."""
    if known is None:
        return False
    found = [_alive(known.pid, known.started), _alive(known.engine_pid, known.engine_started)]
    alive = [process for process in found if process is not None]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, left = psutil.wait_procs(alive, STOP_S)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, STOP_S)
    return bool(alive)


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One start or stop at a time in this home; the kernel lets go when the holder dies."""
    with (folder(settings) / "search.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def folder(settings: Settings) -> Path:
    """Where the records of running parts stand."""
    run = settings.home.resolve() / "run"
    run.mkdir(parents=True, exist_ok=True)
    return run


def file(settings: Settings) -> Path:
    """The record's file."""
    return settings.home.resolve() / "run" / "search.json"


def read_pidfile(settings: Settings) -> EngineProcess | None:
    """What the record says; None when there is none."""
    try:
        return EngineProcess.model_validate_json(file(settings).read_bytes())
    except (FileNotFoundError, ValueError):  # none, or not ours: a new start writes it anew
        return None


def write_pidfile(settings: Settings, known: EngineProcess) -> None:
    """Whole or not at all: readers take no lock. Nobody else on this machine may read the token."""
    draft = file(settings).with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(known.model_dump_json(), encoding="utf-8")
    draft.replace(file(settings))
