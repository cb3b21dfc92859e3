"""Keep how far each file was read, and find the position again.

A file that has grown is read on, one that was changed is read from its start.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from os import stat_result
from pathlib import Path

from pydantic import Field

from collectors.archive.records import FileRecord
from collectors.paging.cursor import Cursor
from core.records import Record
from core.records.post import Raw, Rejected

PAGE = 500
IDS_KEPT = 100_000
"""Ids of one file kept to detect duplicates: a bound on memory; the ledger detects those further apart."""
STILL_S = 600.0
"""Seconds without a change after which a file counts as complete; a modification time this far in the future is wrong."""

RecordReader = Callable[[Path], Iterator[FileRecord]]
"""Reads a file from its start."""


class Mark(Record):
    """Hold how far one file was read."""

    end: int = 0
    """Bytes of the (decompressed) file."""
    chain: str = ""
    """Digest of everything up to there."""
    size: int = -1
    mtime_ns: int = -1
    """`size` and `mtime_ns` of the file once it was read to its end; -1 before."""

    def whole(self, stat: stat_result) -> bool:
        """Tell whether this very file was read to its end."""
        return (self.size, self.mtime_ns) == (stat.st_size, stat.st_mtime_ns)

    def after(self, records: Sequence[FileRecord]) -> "Mark":
        """Return the mark after these records.

        A last line without a line break is read once more when the file has grown.
        """
        ended = [record for record in records if record.ended]
        return Mark(end=ended[-1].end, chain=ended[-1].chain) if ended else Mark(end=self.end, chain=self.chain)


class Replay(Record):
    """Hold how far the archive was replayed."""

    anchor: date
    """The last of the 90 days: set with the first page, never recomputed."""
    total: int
    content: str
    """Digest of all files: if they change, they are replayed from the start, with the same anchor."""
    played: int = 0


class Progress(Cursor):
    """Hold the archive's cursor."""

    files: dict[str, Mark] = Field(default_factory=dict)
    replay: Replay | None = None

    def mark(self, path: Path) -> Mark:
        """Return how far this file was read."""
        return self.files.get(str(path), Mark())

    def read_on(self, path: Path, mark: Mark, found: Sequence[Raw | Rejected]) -> "Progress":
        """Return the cursor after the page with these messages."""
        played = sum(isinstance(one, Raw) and one.replayed_from is not None for one in found)
        replay = None if self.replay is None else self.replay.model_copy(update={"played": self.replay.played + played})
        return Progress(files={**self.files, str(path): mark}, replay=replay)


def pages_left(path: Path, reading: RecordReader, mark: Mark, now: datetime) -> Iterator[tuple[list[FileRecord], Mark]]:
    """Yield the unread pages, each with the mark after it.

    A last line without a line break waits while it may still be being written: otherwise half a message would be stored beside the whole
    one.
    """
    stat = path.stat()  # before reading: what is appended during it is seen the next time
    if mark.whole(stat):
        return
    mark, records = _from(mark, path, reading)
    while True:
        page = list(islice(records, PAGE))
        mark = mark.after(page)
        if page and not page[-1].ended and abs(now.timestamp() - stat.st_mtime) < STILL_S:
            yield page[:-1], mark
            return
        if len(page) < PAGE:
            yield page, mark.model_copy(update={"size": stat.st_size, "mtime_ns": stat.st_mtime_ns})
            return
        yield page, mark


def _from(mark: Mark, path: Path, reading: RecordReader) -> tuple[Mark, Iterator[FileRecord]]:
    """Return the records after the mark.

    All of them if the content before the mark has changed.
    """
    records = unique_ids(reading(path))
    if not mark.end:
        return mark, records
    for record in records:
        if record.end == mark.end and record.chain == mark.chain:
            return mark, records
        if record.end >= mark.end:
            break
    return Mark(), unique_ids(reading(path))


def unique_ids(records: Iterator[FileRecord]) -> Iterator[FileRecord]:
    """Yield the records, rejecting repeated ids.

    Which of two records with the same id is right is unknown; the first is kept.
    """
    seen: dict[str, None] = {}
    for record in records:
        key = "" if record.item is None else str(record.item.get("id") or "")
        if key and key in seen:
            yield replace(record, item=None, reason="duplicate_id")
            continue
        if key:
            seen[key] = None
        if len(seen) > IDS_KEPT:
            del seen[next(iter(seen))]
        yield record
