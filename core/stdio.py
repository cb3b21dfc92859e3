"""How a command speaks to the terminal it was started from: never with a traceback for what the terminal is."""

import io
import signal
import sys


def set_up_stdio() -> None:
    """A pipe that is closed ends the command quietly, and a letter that the terminal cannot write stands there as its number.

    Called once, where a command begins. A process that reads the output itself is not ours to end, and stays as it is.
    """
    if sys.stdout is not sys.__stdout__:
        return
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `escucha export posts | head`
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
