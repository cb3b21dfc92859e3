"""Read a file line by line in at most two megabytes.

The file may be plain or gzip.
"""

import codecs
import gzip
import hashlib
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from core.errors import ConfigurationError

MAX_RECORD = 2 * 1024 * 1024
"""Bytes: a post of 100,000 characters, the maximum of intake, fits in any alphabet; nothing longer is kept in memory."""
PLAUSIBLE_CHARACTERS = frozenset("áéíóúàèìòùâêîôûäëïöüçñãõÁÉÍÓÚÀÈÌÒÙÂÊÎÔÛÄËÏÖÜÇÑÃÕ¿¡ºª°·€«»“”‘’´–—…\xa0")
CHUNK = 64 * 1024


class UnreadableFileError(Exception):
    """Report a file that cannot be read at all, and the cure.

    Other files are still read.
    """


@dataclass(frozen=True, slots=True)
class PhysicalLine:
    """Hold one physical line."""

    number: int
    content: bytes
    """With its line break; empty if it was too long to keep."""
    size: int
    quotes: int
    digest: str
    end: int
    """Bytes of the (decompressed) file up to here."""
    ended: bool
    """False: the last line of the file, without a line break: it may still be being written."""

    @property
    def too_long(self) -> bool:
        """Tell whether the content was dropped."""
        return self.size > MAX_RECORD


class LineReader:
    """Iterate over the lines of a stream. Lines can be put back."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._back: deque[PhysicalLine] = deque()
        self._number = 0
        self._end = 0

    def __iter__(self) -> Iterator[PhysicalLine]:
        return self

    def __next__(self) -> PhysicalLine:
        if self._back:
            return self._back.popleft()
        content = self._stream.readline(MAX_RECORD + 1)
        if not content:
            raise StopIteration
        size, quotes, seen, part = len(content), content.count(b'"'), hashlib.sha256(content), content
        while not part.endswith(b"\n") and size > MAX_RECORD and (part := self._stream.readline(CHUNK)):
            size += len(part)
            quotes += part.count(b'"')
            seen.update(part)
        self._number += 1
        self._end += size
        return PhysicalLine(
            number=self._number,
            content=content if size <= MAX_RECORD else b"",
            size=size,
            quotes=quotes,
            digest=seen.hexdigest(),
            end=self._end,
            ended=(part or content).endswith(b"\n"),
        )

    def put_back(self, lines: Iterable[PhysicalLine]) -> None:
        """Put back these lines, the last ones read, to be returned first."""
        self._back.extendleft(reversed(list(lines)))


FILE_ERRORS = (UnreadableFileError, OSError, EOFError, zlib.error)
"""Errors of a whole file: wrong format, no permission, a failing disk, a truncated gzip file."""


def find_files(pattern: str, folders: Sequence[Path]) -> list[Path]:
    """Find the files that match a path or pattern.

    The first folder with any counts.

    Raises:
        ConfigurationError: a path (not a pattern) that does not exist.
    """
    for folder in folders:
        whole = folder / pattern
        if whole.is_file():
            return [whole]
        root, rest = (Path(whole.anchor), str(whole.relative_to(whole.anchor))) if whole == Path(pattern) else (folder, pattern)
        if found := sorted(path for path in root.glob(rest) if path.is_file()):
            return found
    if any(sign in pattern for sign in "*?["):
        return []  # a folder into which files will be dropped
    raise ConfigurationError(f"[sources.archive] files: no file '{pattern}' in {' or '.join(map(str, folders))}")


def open_binary(path: Path) -> IO[bytes]:
    """Open a file, decompressing gzip.

    Recognised by its first two bytes, not by its name.
    """
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return cast(IO[bytes], gzip.open(path, "rb")) if gzipped else path.open("rb")


def sniff_encoding(head: bytes) -> str:
    """Return UTF-8 or Windows-1252, judged by the first accented lines.

    Excel writes Windows-1252 in Spain.

    >>> sniff_encoding("id;text\\n1;Señal caída\\n".encode("cp1252"))
    'cp1252'

    Raises:
        UnreadableFileError: UTF-16.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFileError("is written in UTF-16: save it as UTF-8 ('CSV UTF-8' in Excel)")
    accented = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    windows = sum(not _is_utf8(line) and _is_windows(line) for line in accented)
    return "cp1252" if 2 * windows > len(accented) else "utf-8"


def _is_windows(line: bytes) -> bool:
    """Tell whether the line is plausible Windows-1252.

    Any bytes are valid Windows-1252; only those that give characters of our languages count.
    """
    try:
        return all(sign in PLAUSIBLE_CHARACTERS or sign.isascii() for sign in line.decode("cp1252"))
    except UnicodeDecodeError:
        return False


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
