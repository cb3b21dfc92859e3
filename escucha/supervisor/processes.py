"""Start, watch and stop the programs of `make run`, leaving none behind.

Every program starts in a new session and is recorded (`orphans.py`), so that its child processes are found again, also by the
next start after a supervisor that was killed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from escucha.supervisor.orphans import kill, marked_processes, record_path, session_processes, write_record

GRACE_S = 7.0
"""Time for programs to end after SIGTERM. Airflow's scheduler may hang at shutdown (apache/airflow#67870)."""


@dataclass
class Programs:
    """Hold the programs of one home, by name."""

    home: Path
    environment: dict[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _terminated_at: float = 0.0
    _descendants: list[psutil.Process] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str | Path], more: dict[str, str], *, show: bool = False) -> None:
        """Start a program; its output goes to `log/NAME.log`.

        With `show` its progress, which is on standard error, goes to ours; the result that it prints stays in the log.
        """
        log = self._new_log(name)
        try:
            program = subprocess.Popen(  # noqa: S603  our own programs
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=sys.stderr.fileno() if show else log,
                start_new_session=True,
                env=self.environment | more,
            )
        finally:
            os.close(log)
        self.running[name] = program
        write_record(self.home, name, program.pid)

    def ended(self, name: str) -> int | None:
        """Return the program's exit code, or None while it runs.

        When it has ended, everything left in its session is killed.
        """
        program = self.running[name]
        if program.poll() is None:
            return None
        del self.running[name]
        kill(session_processes({program.pid}))
        record_path(self.home, name).unlink(missing_ok=True)
        return program.returncode

    def log(self, name: str) -> Path:
        """Return the path of a program's log file."""
        return self.home / "log" / f"{name}.log"

    def terminate(self) -> None:
        """Send SIGTERM to all programs at once, not to their child processes.

        Airflow's scheduler hangs when its workers are signalled too.
        """
        self._terminated_at = time.monotonic()
        # before their parents end and they are re-parented
        self._descendants = [one for program in self.running.values() for one in _descendants(program.pid)]
        for program in self.running.values():
            program.terminate()

    def stop(self) -> None:
        """Send SIGTERM, wait, then kill what is left and all it started."""
        if not self._terminated_at:
            self.terminate()
        leaders = {program.pid for program in self.running.values()}
        until = self._terminated_at + GRACE_S
        while any(program.poll() is None for program in self.running.values()) and time.monotonic() < until:
            time.sleep(0.05)
        kill([*self._descendants, *session_processes(leaders), *marked_processes(self.home)])
        for name, program in self.running.items():
            program.wait()
            record_path(self.home, name).unlink(missing_ok=True)
        self.running.clear()

    def _new_log(self, name: str) -> int:
        """Open a new log file; keep the previous one as `NAME.log.1`."""
        path = self.log(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _descendants(pid: int) -> list[psutil.Process]:
    """List the processes that a program started, at any depth."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
