"""Kill a piece of work at a failpoint, in a child process.

It leaves what a power cut would leave, without the time of starting a program.
"""

import os
import signal
import traceback
from collections.abc import Callable


class KilledError(BaseException):
    """Stop a step where a test kills it; nothing in the product catches it."""


def killed_at(point: str, work: Callable[[], object]) -> bool:
    """Run the work in a child that dies at this failpoint (`name:n`).

    False if it finished instead.
    """
    _, status = os.waitpid(_started(point, work), 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    _check(status, point)
    return False


def frozen_at(point: str, work: Callable[[], object], meanwhile: Callable[[], object]) -> None:
    """Freeze the work in a child at this failpoint, do something else, and let the child go on to its end."""
    child = _started(f"{point}:freeze", work)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"the work ended before {point}"
    try:
        meanwhile()
    finally:
        os.kill(child, signal.SIGCONT)
        _, status = os.waitpid(child, 0)
    _check(status, point)


def _started(point: str, work: Callable[[], object]) -> int:
    child = os.fork()
    if child != 0:
        return child
    os.environ["ESCUCHA_FAULT_AT"] = point
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def _check(status: int, point: str) -> None:
    assert os.waitstatus_to_exitcode(status) == 0, f"the work failed by itself before {point}"
