"""Lock a home, so that it has one supervisor at a time."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from core.errors import ConfigurationError

STOPPING_S = 12.0
"""A supervisor that is stopping needs up to 10 s: the next one waits for it."""


@contextlib.contextmanager
def single_instance(home: Path, stop: list[int]) -> Iterator[None]:
    """Hold the lock of this home during the block.

    The kernel releases it when the process dies.

    Raises:
        ConfigurationError: another supervisor holds it; the message names its process.
    """
    path = home / "run" / "up.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        until = time.monotonic() + STOPPING_S
        while not _taken(lock.fileno()):
            if stop or time.monotonic() > until:
                holder = path.read_text().strip()
                raise ConfigurationError(
                    f"{home}: Escucha is already running here (process {holder}); end it with `kill {holder}`, "
                    "or set ESCUCHA_HOME and the ports to run a second one"
                )
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
