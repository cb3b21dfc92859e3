"""Read and write the record of the embedded search engine.

It holds its processes, address and token, in `$ESCUCHA_HOME/run/search.json` (mode 0600).
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.config.settings import Settings
from core.records import Record
from core.runtime.processes import find_process, has_ended

STOP_S = 3


class EngineProcess(Record):
    """Describe the running engine; without `url` its start was interrupted."""

    pid: int
    """Process id of the proxy (`search.connection.token_proxy`), which started the engine and listens at `url`."""
    started: float
    engine_pid: int = 0
    engine_started: float = 0.0
    url: str = ""
    token: str = ""
    """Required in the header of every request."""

    @property
    def instance(self) -> str:
        """Return an id of this start, unique among all starts."""
        return f"{self.pid}:{self.started}"


def process_of(known: EngineProcess) -> psutil.Process | None:
    """Return the proxy's process, or None.

    It is None when the process has ended or its id now belongs to another.
    """
    return _alive(known.pid, known.started)


def _alive(pid: int, started: float) -> psutil.Process | None:
    process = find_process(pid, started)
    return None if process is None or has_ended(process) else process


def end_processes(known: EngineProcess | None) -> bool:
    """End the processes of the record with SIGTERM, then SIGKILL.

    Returns False when all had ended already.
    """
    if known is None:
        return False
    found = [_alive(known.pid, known.started), _alive(known.engine_pid, known.engine_started)]
    alive = [process for process in found if process is not None]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _ended, left = psutil.wait_procs(alive, STOP_S)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, STOP_S)
    return bool(alive)


@contextlib.contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Lock this home for one start or stop at a time.

    The kernel releases the lock when its holder dies.
    """
    with (run_folder(settings) / "search.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_folder(settings: Settings) -> Path:
    """Create and return the folder for records of running programs."""
    run = settings.engine_home.resolve() / "run"
    run.mkdir(parents=True, exist_ok=True)
    return run


def pidfile_path(settings: Settings) -> Path:
    """Return the path of the engine's record."""
    return settings.engine_home.resolve() / "run" / "search.json"


def read_pidfile(settings: Settings) -> EngineProcess | None:
    """Load the record; None when there is none or it is damaged."""
    try:
        return EngineProcess.model_validate_json(pidfile_path(settings).read_bytes())
    except (FileNotFoundError, ValueError):  # none, or damaged: the next start overwrites it
        return None


def write_pidfile(settings: Settings, known: EngineProcess) -> None:
    """Write the record atomically, since reads take no lock.

    The file is readable by its owner only: it holds the token.
    """
    draft = pidfile_path(settings).with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(known.model_dump_json(), encoding="utf-8")
    draft.replace(pidfile_path(settings))
