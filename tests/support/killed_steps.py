"""Run work in children of a warm process, and kill them there.

A child is forked with every module loaded, so a SIGKILL costs some milliseconds and not the start of a program. The warm process is
forked before its parent has threads: a lock held by a thread would stay locked in a child for ever.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Literal

from core.errors import UnavailableError

FORK = multiprocessing.get_context("fork")
LIMIT_S = 600.0
"""A child that runs longer hangs: its work ends with an error."""
Outcome = Literal["killed", "done", "unavailable"]
_CODES: dict[int, Outcome] = {0: "done", 3: "unavailable", -signal.SIGKILL: "killed"}


@dataclass(frozen=True)
class Job:
    """Describe the work of one child; `work` must be picklable."""

    work: Callable[[], object]
    environment: Mapping[str, str] = field(default_factory=dict)
    kill_after: float | None = None
    """Seconds until it is killed; None: it is left alone."""


class ForkServer:
    """Run jobs one at a time, each in its own child."""

    def __init__(self) -> None:
        self.line, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_serve, args=(theirs,))
        self.process.start()
        theirs.close()

    def run(self, job: Job, before: Callable[[int], object] = lambda _pid: None) -> Outcome:
        """Run one job to its end.

        `before` gets the id of the child before its work begins.

        Raises:
            AssertionError: the work failed by itself; its traceback is on standard error.
        """
        self.line.send(job)
        before(self.line.recv())
        self.line.send(True)
        code = self.line.recv()
        assert code in _CODES, f"the work ended by itself with {code}: see its traceback above"
        return _CODES[code]

    def close(self) -> None:
        """End the warm process."""
        self.line.send(None)
        self.process.join()
        self.line.close()

    def __enter__(self) -> "ForkServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(line: Connection) -> None:
    with suppress(EOFError):
        while (job := line.recv()) is not None:
            wait, go = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(go)
                os.read(wait, 1)
                _work(job)
            os.close(wait)
            line.send(child)
            line.recv()
            os.close(go)  # the child reads the end, and begins
            line.send(_code_of(child, LIMIT_S if job.kill_after is None else job.kill_after, job.kill_after is None))


def _work(job: Job) -> None:
    """Run the work and leave the process without the parent's cleanup."""
    os.environ.update(job.environment)
    try:
        job.work()
    except UnavailableError:
        os._exit(3)
    except BaseException:
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def _code_of(child: int, seconds: float, is_limit: bool) -> int:
    """Wait for a child, kill it in the end; return its code.

    71: it ran over the limit.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return 71 if is_limit and code == -signal.SIGKILL else code
