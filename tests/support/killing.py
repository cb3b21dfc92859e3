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
