"""Limit a whole conversation over sockets: a server that sends a byte a second must not stretch it.

Socket timeouts count from one received byte to the next, so they alone limit nothing.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress


class Cut:
    """Say whether the time was up."""

    happened = False


@contextmanager
def cut_off(seconds: float, sockets: Callable[[], Iterable[socket.socket | None]]) -> Iterator[Cut]:
    """Shut these sockets down after so many seconds; whoever reads from them then gets an error at once.

    Args:
        seconds: from now.
        sockets: called when the time is up, for a conversation may open its sockets late.
    """
    cut = Cut()

    def shut() -> None:
        cut.happened = True
        for one in sockets():
            if one is not None:
                with suppress(OSError):  # closed already
                    # Not SSLSocket's own: it drops the encryption, and the reader in the other thread would read on without.
                    socket.socket.shutdown(one, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, shut)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
