"""The machine that measures: what its processor can do, what that would allow at most, and how much memory we hold."""

import os
import re
from pathlib import Path

from nlp.inference.runtime_info import processor, processor_fields

OPERATIONS = (("amx_int8", 2048), ("avx512_vnni", 256), ("avx2", 64))
"""Eight-bit operations a core and cycle, of the best unit there is (avx2: the 32-bit ones by two, as its products are widened)."""
LAYERS, WIDTH, FEED_FORWARD = 12, 384, 1536


def gigahertz() -> float:
    """The clock that the kernel states; a processor may run faster while it is cool."""
    return float(processor_fields().get("cpu MHz", "0")) / 1000


def roof() -> tuple[str, float]:
    """The best eight-bit unit and its operations a second on one core."""
    _, flags = processor()
    for flag, operations in OPERATIONS:
        if flag in flags:
            return flag, operations * gigahertz() * 1e9
    return "none known", float("nan")


def operations(tokens: int) -> float:
    """What a text of so many tokens costs in the encoder, a multiplication and an addition being two."""
    products = 2 * LAYERS * (4 * WIDTH**2 + 2 * WIDTH * FEED_FORWARD)
    attention = 4 * LAYERS * tokens * WIDTH
    return float(tokens * (products + attention))


def megabytes_now() -> float:
    """Memory that this process holds."""
    return _megabytes("VmRSS")


def megabytes_most() -> float:
    """Memory that this process ever held. (`getrusage` would count what its parent held when it was started.)"""
    return _megabytes("VmHWM")


def _megabytes(field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else float("nan")


ALLOWED = sorted(os.sched_getaffinity(0))
"""The cores that whoever started us lets us use (`taskset`)."""


def stay_on(cores: int) -> None:
    """Let this thread, and those it starts, run on so many cores; 0: on all that are allowed."""
    os.sched_setaffinity(0, ALLOWED[:cores] if cores else ALLOWED)
