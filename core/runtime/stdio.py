"""Set up the standard streams of a command."""

import io
import signal
import sys


def set_up_stdio() -> None:
    """Exit quietly on SIGPIPE; write characters the terminal cannot encode as escapes.

    Call it once, at the start of a command. It does nothing when standard output has been replaced: such a process (a test, a host program)
    reads the output itself and must not be killed by a signal.
    """
    if sys.stdout is not sys.__stdout__:
        return
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `escucha export posts | head`
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
