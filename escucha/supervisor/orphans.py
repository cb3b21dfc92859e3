"""Find and end programs that a killed supervisor left running.

A record in `$ESCUCHA_HOME/run` identifies each program by process id and start time. The session it leads and the mark in its environment
identify its child processes.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from core.records import Record
from core.runtime.processes import find_process, has_ended, start_time

MARK = "ESCUCHA_UP_HOME"
"""Environment variable of all programs of one home: the absolute path of the home."""
GRACE_S = 4.0
"""Time for orphans to end after SIGTERM: their work is no longer needed."""
KILLED_S = 2.0


class ProcessRecord(Record):
    """Identify a program by name, process id and start time."""

    name: str
    pid: int
    started: float


def write_record(home: Path, name: str, pid: int) -> None:
    """Record atomically that this process belongs to this home."""
    path = record_path(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(psutil.NoSuchProcess):  # it has already ended: nothing to record
        running = ProcessRecord(name=name, pid=pid, started=start_time(pid))
        draft.write_text(running.model_dump_json(), encoding="utf-8")
        draft.replace(path)


def end_orphans(home: Path) -> list[str]:
    """End everything a killed supervisor of this home left running.

    Returns the names of the programs found, or process ids where no record names them.
    """
    records = [_read(path) for path in sorted((home / "run").glob("part-*.json"))]
    alive = [one for one in records if one is not None and find_process(one.pid, one.started)]
    found = [*session_processes({one.pid for one in alive}), *marked_processes(home)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    wait(found, GRACE_S)
    kill([*found, *session_processes({one.pid for one in alive}), *marked_processes(home)])
    for path in (home / "run").glob("part-*.json"):
        path.unlink(missing_ok=True)
    return [one.name for one in alive] or [str(process.pid) for process in found]


def record_path(home: Path, name: str) -> Path:
    """Return the path of a program's process record."""
    return home / "run" / f"part-{name}.json"


def _read(path: Path) -> ProcessRecord | None:
    try:
        return ProcessRecord.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValueError):  # truncated by a kill: the process is found by its mark
        return None


def session_processes(leaders: set[int]) -> list[psutil.Process]:
    """List the processes in the sessions of these leaders.

    This also finds those that changed their process group, as Airflow's tasks do.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(process.pid) in leaders:
                found.append(process)
    return found


def marked_processes(home: Path) -> list[psutil.Process]:
    """List all processes with the mark of this home, except this one."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # another user's process, or it has ended
            if process.pid != os.getpid() and process.environ().get(MARK) == str(home):
                found.append(process)
    return found


def kill(processes: Iterable[psutil.Process]) -> None:
    """Send SIGKILL to these processes and wait for their end."""
    victims = list(processes)
    for process in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait(victims, KILLED_S)


def wait(processes: list[psutil.Process], seconds: float) -> None:
    """Wait until all have ended, at most `seconds`; zombies count as ended."""
    until = time.monotonic() + seconds
    while not all(map(has_ended, processes)) and time.monotonic() < until:
        time.sleep(0.02)
