"""Hold the state of one `make run`: programs, events and progress."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from escucha.supervisor.processes import Programs

TURN_S = 0.1
MAX_RESTARTS, WITHIN_S = 3, 600.0
"""A program may be restarted this many times within this time."""
PAUSE_S = 1.0
LOG_TAIL_CHARS = 600

Command = Sequence[str | Path]


@dataclass
class Supervisor:
    """Hold what one run of the supervisor works with."""

    city_path: Path
    settings: Settings
    sources: tuple[str, ...]
    programs: Programs
    stop: list[int]
    """Signals received so far."""
    began: float = field(default_factory=time.monotonic)
    engine_known: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the embedded engine has its port or an external one is used: the desk, which starts one where none runs, may start."""
    desk_open: asyncio.Event = field(default_factory=asyncio.Event)
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)

    def progress(self, text: str) -> None:
        """Print one line of progress on standard error."""
        sys.stderr.write(f"[{time.monotonic() - self.began:4.0f} s] {text}\n")
        sys.stderr.flush()

    @property
    def desk(self) -> str:
        """Return the desk's URL on this machine."""
        return _url(self.settings.desk_host, self.settings.desk_port)

    @property
    def portal(self) -> str:
        """Return the portal's URL on this machine."""
        return _url(self.settings.portal_host, self.settings.portal_port)

    async def run_program(self, name: str, command: Command, more: dict[str, str], *, show: bool = False) -> int:
        """Start a program and wait for its end.

        Returns its exit code, negative when a signal ended it.
        """
        self.programs.start(name, command, more, show=show)
        while (code := self.programs.ended(name)) is None:
            await asyncio.sleep(TURN_S)
        return code

    async def run_checked(self, name: str, command: Command, more: dict[str, str]) -> None:
        """Start a required program and wait for its end.

        Raises:
            EscuchaError: it failed; the message ends with the end of its log.
        """
        code = await self.run_program(name, command, more)
        if code != 0:
            raise EscuchaError(self.describe_exit(name, code))

    async def keep_running(self, name: str, command: Command, more: dict[str, str]) -> None:
        """Keep a program running; restart it when it ends.

        Raises:
            ConfigurationError: it exits with code 2, a wrong configuration.
            EscuchaError: it ended more than 3 times within 10 minutes.
        """
        exits: deque[float] = deque(maxlen=MAX_RESTARTS + 1)
        while True:
            code = await self.run_program(name, command, more)
            exits.append(time.monotonic())
            message = self.describe_exit(name, code)
            if code == ConfigurationError.exit_code:
                raise ConfigurationError(message)
            if len(exits) > MAX_RESTARTS and exits[-1] - exits[0] < WITHIN_S:
                raise EscuchaError(f"{message}\nIt ended {len(exits)} times within {WITHIN_S / 60:.0f} minutes: giving up")
            self.progress(f"{message}\nStarting it again")
            await asyncio.sleep(PAUSE_S)

    def describe_exit(self, name: str, code: int) -> str:
        """Describe the exit code and quote the end of the log."""
        log = self.programs.log(name)
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-LOG_TAIL_CHARS:]
        return f"{name} ended unexpectedly ({how}). The end of {log}:\n{tail}"


def _url(host: str, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}/"
