"""Kill the process at a named point, to test recovery.

`ESCUCHA_FAULT_AT=point:n` sends a real SIGKILL at the n-th pass: nothing is cleaned up, as in a power cut. Without the variable a
failpoint costs one look-up.
"""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Pass a failpoint; kill the process if the environment names this pass."""
    wanted = os.environ.get("ESCUCHA_FAULT_AT")
    if wanted is None:
        return
    _passed[name] += 1
    if wanted == f"{name}:{_passed[name]}":
        os.kill(os.getpid(), signal.SIGKILL)
