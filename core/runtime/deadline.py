"""Limit the total time of a conversation over sockets.

Socket timeouts count from one received byte to the next, so a server that sends one byte a second could hold a connection forever.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress


class OverTimeError(TimeoutError):
    """Stop reading at the deadline."""


class Cut:
    """Hold a deadline, and whether it passed."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._ends = seconds, time.monotonic() + seconds
        self.happened = False

    def in_time(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the parts of an answer, looking at the clock after each.

        A client may hide its socket while it reads, as `http.client` does for an answer without a length. Parts must come as they
        arrive: a slow server would never fill one of a fixed size.

        Raises:
            OverTimeError: the deadline has passed.
        """
        for part in parts:
            if self.happened or time.monotonic() > self._ends:
                self.happened = True
                raise OverTimeError(f"took longer than {self._seconds:.0f} s")
            yield part


@contextmanager
def cut_off(seconds: float, sockets: Callable[[], Iterable[socket.socket | None]]) -> Iterator[Cut]:
    """Shut the sockets down at the deadline, so that reads fail.

    Args:
        seconds: from now.
        sockets: called at the deadline, because a client may open its sockets late.
    """
    cut = Cut(seconds)

    def shut() -> None:
        cut.happened = True
        for one in sockets():
            if one is not None:
                with suppress(OSError):  # closed already
                    # Not SSLSocket.shutdown: it drops the encryption, and the other thread would go on receiving without it.
                    socket.socket.shutdown(one, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
