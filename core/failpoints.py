"""Where a test may kill Escucha: each step passes named points, and `ESCUCHA_FAULT_AT=point:n` ends the process at the n-th.

It is a real SIGKILL, nothing is cleaned up: what a power cut does. Without the variable a point costs one look-up.
"""

import os
import signal
from collections import Counter

_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Pass a point; die here when the environment says so."""
    wanted = os.environ.get("ESCUCHA_FAULT_AT")
    if wanted is None:
        return
    _passed[name] += 1
    if wanted == f"{name}:{_passed[name]}":
        os.kill(os.getpid(), signal.SIGKILL)
