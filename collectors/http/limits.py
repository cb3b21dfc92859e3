"""Read and decompress a whole response within limits of size and time."""

import threading
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

from core.errors import SourceError
from core.runtime.deadline import Cut, OverTimeError

MAX_BYTES = 20_000_000
"""Bytes, decompressed: ten times the largest page of posts that any network returns."""
MAX_SECONDS = 60.0
"""Seconds for a whole response: a server may send one byte at a time, each within the socket time-out."""
ACCEPT_ENCODING = "gzip, deflate"
"""`Accept-Encoding` of every request: client libraries accept whatever they can decompress, and without a limit."""
CHUNK = 2**16
T = TypeVar("T")


class OversizedError(SourceError):
    """Report a response beyond the limits.

    It is too large, too slow, nested too deeply, or in a content encoding that was not requested.
    """


def decompress(chunks: Iterable[bytes], content_encoding: str, max_bytes: int | None = None) -> bytes:
    """Return the decompressed body, checking the limits after every chunk.

    A kilobyte of gzip can hold a megabyte, a megabyte a gigabyte.

    Args:
        chunks: the body as it arrives. Gathered into chunks of one size, a slow connection would never reach the check of the clock.
        content_encoding: the response's `Content-Encoding`.
        max_bytes: maximum bytes, decompressed; None: `MAX_BYTES`.

    Raises:
        OversizedError: too large, too slow, or in another encoding.
        zlib.error: the body does not match its encoding.
    """
    content_encoding = content_encoding.strip().lower()
    if content_encoding not in ("identity", "", "gzip", "deflate"):
        raise OversizedError(f"uses a content encoding that was not requested ({content_encoding[:40]})")
    most = MAX_BYTES if max_bytes is None else max_bytes
    unpack = None if content_encoding in ("identity", "") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    content = bytearray()
    try:
        for chunk in Cut(MAX_SECONDS).in_time(chunks):
            content += chunk if unpack is None else unpack.decompress(chunk, most + 1)
            if len(content) > most:
                raise OversizedError(f"exceeds {most:,} bytes")
    except OverTimeError as error:
        raise OversizedError(str(error)) from None
    return bytes(content)


def read_in_time(ask: Callable[[], T]) -> T:
    """Return the result of `ask` within `MAX_SECONDS`.

    The limit covers everything from DNS to the last byte. `ask` runs in a thread, because headers and handshakes can be slow as well and
    no client library limits their total time. An abandoned thread keeps its connection and ends with the process.

    Raises:
        OversizedError: it takes longer than a response may.
    """
    given: Future[T] = Future()
    threading.Thread(target=_run_into, args=(ask, given), daemon=True).start()
    try:
        return given.result(MAX_SECONDS)
    except TimeoutError:
        if given.done():  # the time-out of the socket
            raise
        raise _timed_out() from None


def _run_into(ask: Callable[[], T], given: Future[T]) -> None:
    try:
        given.set_result(ask())
    except BaseException as error:  # re-raised in the thread that waits for the result
        given.set_exception(error)


def _timed_out() -> OversizedError:
    return OversizedError(f"took longer than {MAX_SECONDS:.0f} s")
