"""Reads one answer of the web to its end, and no further than we want: not too much, not too long, unpacked by ourselves."""

import threading
import time
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from core.errors import SourceError

LARGEST = 20_000_000
"""Bytes, unpacked: ten times the largest page of posts that any network gives."""
LONGEST_S = 60.0
"""For a whole answer: a server may drip one byte at a time, each within the time-out of the line."""
PACKINGS = "gzip, deflate"
"""What we ask for: client libraries ask for whatever else they can unpack, and unpack it without end."""
PART = 2**16
T = TypeVar("T")


class OversizedError(SourceError):
    """An answer that is too large, takes too long, is nested without end, or is packed in a way we did not ask for."""


def decompress(parts: Iterable[bytes], packing: str, largest: int | None = None) -> bytes:
    """The whole answer. A kilobyte of gzip can hold a megabyte, a megabyte a gigabyte: so it is unpacked piece by piece.

    Args:
        parts: as it comes: gathered into pieces of one size, a dripping line would never reach the clock.
        packing: the answer's `Content-Encoding`.
        largest: bytes it may hold, unpacked; None: `LARGEST`.

    Raises:
        EndlessError: it is too large, takes too long, or is packed in another way.
        zlib.error: it is not packed as it says.
    """
    packing = packing.strip().lower()
    if packing not in ("identity", "", "gzip", "deflate"):
        raise OversizedError(f"answers in a packing we did not ask for ({packing[:40]})")
    most = LARGEST if largest is None else largest
    unpack = None if packing in ("identity", "") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    content, ends = bytearray(), time.monotonic() + LONGEST_S
    for part in parts:
        content += part if unpack is None else unpack.decompress(part, most + 1)
        if len(content) > most:
            raise OversizedError(f"holds more than {most:,} bytes")
        if time.monotonic() > ends:
            raise _too_long()
    return bytes(content)


def read_in_time(ask: Callable[[], T]) -> T:
    """What `ask` gives, from the look-up of the name to the last byte.

    In a thread of its own, because headers and handshakes can drip as well and no client library has a clock for them. One that is
    given up stays behind on its line, and ends with the process.

    Raises:
        EndlessError: it takes longer than an answer may.
    """
    given: Future[T] = Future()
    threading.Thread(target=_carry, args=(ask, given), daemon=True).start()
    try:
        return given.result(LONGEST_S)
    except TimeoutError:
        if given.done():  # it was the line's own time-out
            raise
        raise _too_long() from None


def _carry(ask: Callable[[], T], given: Future[T]) -> None:
    try:
        given.set_result(ask())
    except BaseException as error:  # nothing is handled here: it is raised where the answer is waited for
        given.set_exception(error)


def _too_long() -> OversizedError:
    return OversizedError(f"was not through after {LONGEST_S:.0f} s")
