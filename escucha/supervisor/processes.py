"""The programs that run beside each other under `make run`: started, watched, and ended so that none is left behind.

Every program starts in a session of its own and is written down (`orphans.py`), so that whatever it starts in its turn is
found again, also by the next start after a supervisor that was killed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from escucha.supervisor.orphans import kill, marked, record, session, write_record

GRACE_S = 7.0
"""How long programs have to end by themselves. Airflow's scheduler may hang in its end (apache/airflow#67870)."""


@dataclass
class Programs:
    """The programs of one home, by name."""

    home: Path
    environment: dict[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _told_at: float = 0.0
    _descendants: list[psutil.Process] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str | Path], more: dict[str, str], *, show: bool = False) -> None:
        """Start a program; what it says goes to `log/NAME.log`, or, with `show`, to our own standard error."""
        log = sys.stderr.fileno() if show else self._new_log(name)
        try:
            program = subprocess.Popen(  # noqa: S603  our own programs
                [str(part) for part in command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=self.environment | more,
            )  # fmt: skip
        finally:
            if not show:
                os.close(log)
        self.running[name] = program
        write_record(self.home, name, program.pid)

    def ended(self, name: str) -> int | None:
        """How the program ended; None while it runs. A program that has ended leaves nothing of its session behind."""
        program = self.running[name]
        if program.poll() is None:
            return None
        del self.running[name]
        kill(session({program.pid}))
        record(self.home, name).unlink(missing_ok=True)
        return program.returncode

    def log(self, name: str) -> Path:
        """Where a program writes."""
        return self.home / "log" / f"{name}.log"

    def tell(self) -> None:
        """Tell all to end, at the same time. Only the programs themselves: Airflow's scheduler hangs when its workers are told too."""
        self._told_at = time.monotonic()
        self._descendants = psutil.Process().children(
            recursive=True
        )  # before their parents end and they belong to nobody
        for program in self.running.values():
            program.terminate()

    def stop(self) -> None:
        """Tell all to end, wait, and kill what is left of them with everything they started."""
        if not self._told_at:
            self.tell()
        leaders = {program.pid for program in self.running.values()}
        until = self._told_at + GRACE_S
        while any(program.poll() is None for program in self.running.values()) and time.monotonic() < until:
            time.sleep(0.05)
        kill([*self._descendants, *session(leaders), *marked(self.home)])
        for name, program in self.running.items():
            program.wait()
            record(self.home, name).unlink(missing_ok=True)
        self.running.clear()

    def _new_log(self, name: str) -> int:
        """The log of the start before is kept beside the new one."""
        path = self.log(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
