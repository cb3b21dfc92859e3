"""Find a process again by its id and start time.

The kernel reuses process ids, so a recorded id alone may belong to another process later. A record of a process holds its id and
`start_time`, and `find_process` returns the process only if both still fit.
"""

import psutil

START_TOLERANCE_S = 2.0
"""Tolerance for start times, in seconds: the kernel's boot time shifts when the clock is set."""


def start_time(pid: int) -> float:
    """Return the start time of a process, in seconds since 1970.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    return float(psutil.Process(pid).create_time())


def find_process(pid: int, started: float) -> psutil.Process | None:
    """Return the process with this id and start time.

    None: it has ended, or its id belongs to another process now. A zombie is returned: its children may still run (`has_ended`).
    """
    if pid <= 0:  # 0: nothing was recorded yet
        return None
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - started) < START_TOLERANCE_S else None
    except psutil.NoSuchProcess:
        return None


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended; a zombie has."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
