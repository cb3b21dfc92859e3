"""Limit the total time of a conversation over sockets.

Socket timeouts count from one received byte to the next, so a server that sends one byte a second could hold a connection forever.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress


class Cut:
    """Record whether the deadline passed."""

    happened = False


@contextmanager
def cut_off(seconds: float, sockets: Callable[[], Iterable[socket.socket | None]]) -> Iterator[Cut]:
    """Shut the sockets down at the deadline, so that reads fail.

    Args:
        seconds: from now.
        sockets: called at the deadline, because a client may open its sockets late.
    """
    cut = Cut()

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
