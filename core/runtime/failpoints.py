"""Kill or freeze the process at a named point, to test recovery.

`ESCUCHA_FAULT_AT=point:n` sends a real SIGKILL at the n-th pass: nothing is cleaned up, as in a power cut. `point:n:freeze` stops the
process until it gets a SIGCONT, as a suspended machine does. Without the variable a failpoint costs one look-up.
"""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Pass a failpoint; kill or freeze where the environment says so."""
    wanted = os.environ.get("ESCUCHA_FAULT_AT")
    if wanted is None:
        return
    _passed[name] += 1
    here = f"{name}:{_passed[name]}"
    if wanted == here:
        os.kill(os.getpid(), signal.SIGKILL)
    if wanted == f"{here}:freeze":
        os.kill(os.getpid(), signal.SIGSTOP)
