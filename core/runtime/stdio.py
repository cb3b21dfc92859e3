"""Set up the standard streams of a command or a server.

SIGPIPE stays ignored, as Python starts: its default ends a process for any closed connection, a visitor's or a search engine's too.
"""

import io
import signal
import sys
from typing import Any

LEFT = 128 + signal.SIGPIPE
"""Exit code of a command whose output has no reader any more: what a shell calls the end by SIGPIPE."""


class _Output(io.FileIO):
    """Write a standard stream, watching for the end of its reader.

    After a failure the rest of a command's output is dropped. A server drops only what could not be written: its log may be read, or its
    disk have space, again later.
    """

    def __init__(self, descriptor: int, serves: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._serves = serves
        self._is_lost = False

    def write(self, data: Any) -> int:
        """Write, or end the command when its reader has left."""
        if self._is_lost:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            self._is_lost = not self._serves
            if self._serves:
                return len(data)
            if isinstance(error, BrokenPipeError):
                raise SystemExit(LEFT) from None  # not an OSError, which a caller may take for a full disk
            raise


def set_up_stdio(*, serves: bool = False) -> None:
    """End a command quietly when the reader of its output leaves.

    Characters that the terminal cannot encode are written as escapes. Call it once, at the start, before anything keeps `sys.stdout`. It
    does nothing when standard output has been replaced: such a process (a test, a host program) reads the output itself.

    Args:
        serves: whether this is a server, which goes on when the reader of its log has left.
    """
    if sys.stdout is not sys.__stdout__:
        return
    sys.stdout, sys.stderr = (_watched(stream, serves) for stream in (sys.stdout, sys.stderr))


def _watched(stream: Any, serves: bool) -> Any:
    if not isinstance(stream, io.TextIOWrapper):  # None: closed before the start
        return stream
    stream.flush()
    output: Any = _Output(stream.fileno(), serves)
    unbuffered = isinstance(stream.buffer, io.RawIOBase)  # PYTHONUNBUFFERED
    return io.TextIOWrapper(
        output if unbuffered else io.BufferedWriter(output),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
