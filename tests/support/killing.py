"""A process of its own for one piece of work, killed at a named point: what a power cut leaves, without the time of a start."""

import os
import signal
import traceback
from collections.abc import Callable


def killed_at(point: str, work: Callable[[], object]) -> bool:
    """Do the work in a child process that dies at this point (`name:n`); False when it came to its end instead."""
    child = os.fork()
    if child == 0:
        os.environ["ESCUCHA_FAULT_AT"] = point
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(70)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert os.waitstatus_to_exitcode(status) == 0, f"the work failed by itself before {point}"
    return False
