"""Describe the machine: its processor's limits and this process's memory."""

import os
import re
from pathlib import Path

from nlp.inference.runtime_info import processor, processor_fields

OPERATIONS = (("amx_int8", 2048), ("avx512_vnni", 256), ("avx2", 64))
"""Eight-bit operations per core and cycle (avx2: half the usual count, as its products are widened)."""
LAYERS, WIDTH, FEED_FORWARD = 12, 384, 1536


def gigahertz() -> float:
    """Return the clock the kernel states; a cool processor may run faster."""
    return float(processor_fields().get("cpu MHz", "0")) / 1000


def peak_operations() -> tuple[str, float]:
    """Return the best eight-bit unit and one core's operations per second."""
    _, flags = processor()
    for flag, operations in OPERATIONS:
        if flag in flags:
            return flag, operations * gigahertz() * 1e9
    return "none known", float("nan")


def count_operations(tokens: int) -> float:
    """Return the encoder's operations for a text; multiplication and addition count two."""
    products = 2 * LAYERS * (4 * WIDTH**2 + 2 * WIDTH * FEED_FORWARD)
    attention = 4 * LAYERS * tokens * WIDTH
    return float(tokens * (products + attention))


def resident_megabytes() -> float:
    """Return the resident memory of this process."""
    return _megabytes("VmRSS")


def peak_megabytes() -> float:
    """Return the peak memory of this process.

    `getrusage` would include that of its parent.
    """
    return _megabytes("VmHWM")


def _megabytes(field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else float("nan")


ALLOWED_CORES = sorted(os.sched_getaffinity(0))
"""Cores this process may use (`taskset`)."""


def limit_cores(cores: int) -> None:
    """Restrict this thread, and those it starts, to the first `cores`.

    0: no restriction.
    """
    os.sched_setaffinity(0, ALLOWED_CORES[:cores] if cores else ALLOWED_CORES)
