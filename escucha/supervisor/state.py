"""One run of `make run`: what it says, and how it keeps its programs running."""

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
DEATHS, WITHIN_S = 3, 600.0
"""A program may be started again this often in this time."""
PAUSE_S = 1.0
LAST_WORDS = 600

Command = Sequence[str | Path]


@dataclass
class Supervisor:
    """What one run of the supervisor works with."""

    city_path: Path
    settings: Settings
    sources: tuple[str, ...]
    programs: Programs
    stop: list[int]
    """Signals received so far."""
    began: float = field(default_factory=time.monotonic)
    engine_known: asyncio.Event = field(default_factory=asyncio.Event)
    """The embedded engine has its port, or another's is used: the desk, which starts one where none runs, may come."""
    desk_open: asyncio.Event = field(default_factory=asyncio.Event)
    passed: asyncio.Event = field(default_factory=asyncio.Event)

    def say(self, text: str) -> None:
        """One line of progress on standard error."""
        sys.stderr.write(f"[{time.monotonic() - self.began:4.0f} s] {text}\n")
        sys.stderr.flush()

    @property
    def desk(self) -> str:
        """The desk's address on this machine."""
        host = self.settings.desk_host
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
        return f"http://{host}:{self.settings.desk_port}/"

    async def finish(self, name: str, command: Command, more: dict[str, str], *, show: bool = False) -> int:
        """Start a program and wait for its end; its exit code, negative when a signal ended it."""
        self.programs.start(name, command, more, show=show)
        while (code := self.programs.ended(name)) is None:
            await asyncio.sleep(TURN_S)
        return code

    async def must_finish(self, name: str, command: Command, more: dict[str, str]) -> None:
        """The same for a program without which nothing goes on.

        Raises:
            EscuchaError: it failed; with its last words.
        """
        code = await self.finish(name, command, more)
        if code != 0:
            raise EscuchaError(self.how_it_ended(name, code))

    async def keep(self, name: str, command: Command, more: dict[str, str]) -> None:
        """Keep a program running.

        Raises:
            EscuchaError: it ends again and again, or it says that its configuration is wrong.
        """
        deaths: deque[float] = deque(maxlen=DEATHS + 1)
        while True:
            code = await self.finish(name, command, more)
            deaths.append(time.monotonic())
            words = self.how_it_ended(name, code)
            if code == ConfigurationError.exit_code:
                raise ConfigurationError(words)
            if len(deaths) > DEATHS and deaths[-1] - deaths[0] < WITHIN_S:
                raise EscuchaError(
                    f"{words}\nIt ended {len(deaths)} times within {WITHIN_S / 60:.0f} minutes: giving up"
                )
            self.say(f"{words}\nStarting it again")
            await asyncio.sleep(PAUSE_S)

    def how_it_ended(self, name: str, code: int) -> str:
        """For people: the exit code and the end of the log."""
        log = self.programs.log(name)
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        said = log.read_text(encoding="utf-8", errors="replace").strip()[-LAST_WORDS:]
        return f"{name} ended by itself ({how}). The end of {log}:\n{said}"
