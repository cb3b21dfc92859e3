"""What belongs to a home: how a program of ours is found again after the one that watched over it was killed, and ended.

A record in `$ESCUCHA_HOME/run` names each program by process id and start time; the session it leads and the mark in its environment
find what it started in its turn.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from core.records import Record

MARK = "ESCUCHA_UP_HOME"
"""Environment variable all programs of one home carry: its absolute path."""
SAME_START_S = 2.0
"""A start time is read with this tolerance: the kernel's boot time moves when the clock is set."""
GRACE_S = 4.0
"""How long leftovers have to end by themselves: nobody waits for their work any more."""
KILLED_S = 2.0


class ProcessRecord(Record):
    """One record: the program of this name, by process id and start time."""

    name: str
    pid: int
    started: float


def write_record(home: Path, name: str, pid: int) -> None:
    """Write down that this process belongs to this home; whole or not at all."""
    path = record(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(psutil.NoSuchProcess):  # it ended at once: nothing to find again
        running = ProcessRecord(name=name, pid=pid, started=psutil.Process(pid).create_time())
        draft.write_text(running.model_dump_json(), encoding="utf-8")
        draft.replace(path)


def end_orphans(home: Path) -> list[str]:
    """End what a killed supervisor of this home left running, with everything that belongs to it; the names of what was found."""
    records = [_read(path) for path in sorted((home / "run").glob("part-*.json"))]
    alive = [one for one in records if one is not None and _is_same(one)]
    found = [*session({one.pid for one in alive}), *marked(home)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    wait(found, GRACE_S)
    kill([*found, *session({one.pid for one in alive}), *marked(home)])
    for path in (home / "run").glob("part-*.json"):
        path.unlink(missing_ok=True)
    return [one.name for one in alive] or [str(process.pid) for process in found]


def record(home: Path, name: str) -> Path:
    """Where a program of this home is written down."""
    return home / "run" / f"part-{name}.json"


def _read(path: Path) -> ProcessRecord | None:
    try:
        return ProcessRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):  # cut short by a kill: the mark finds its process
        return None


def _is_same(running: ProcessRecord) -> bool:
    try:
        return abs(psutil.Process(running.pid).create_time() - running.started) < SAME_START_S
    except psutil.NoSuchProcess:
        return False


def session(leaders: set[int]) -> list[psutil.Process]:
    """Everything in the sessions of these leaders: also what changed its process group, as Airflow's tasks do."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(process.pid) in leaders:
                found.append(process)
    return found


def marked(home: Path) -> list[psutil.Process]:
    """Everything that carries the mark of this home, except us."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # another user's, or gone
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                found.append(process)
    return found


def kill(processes: Iterable[psutil.Process]) -> None:
    """End these at once."""
    doomed = list(processes)
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait(doomed, KILLED_S)


def wait(processes: list[psutil.Process], seconds: float) -> None:
    """Until all have ended, at most so long. One that only waits for its parent to take note has ended too."""
    until = time.monotonic() + seconds
    while not all(map(_ended, processes)) and time.monotonic() < until:
        time.sleep(0.02)


def _ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
