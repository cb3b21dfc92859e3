"""Remembers how far each file was read, and finds the place again: a file that grew is read on, one that was changed from its start."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from os import stat_result
from pathlib import Path

from pydantic import Field

from collectors.archive.records import FileRecord
from collectors.paging.cursor import Cursor
from core.post import Raw, Rejected
from core.records import Record

PAGE = 500
IDS_KEPT = 100_000
"""Ids of one file kept to notice one that stands twice: bounds the memory; a repeat further away is the ledger's to notice."""
STILL_S = 600.0
"""Seconds without a change after which nobody writes a file any more; one whose time is this far ahead has a wrong one."""

Reading = Callable[[Path], Iterator[FileRecord]]
"""Reads a file from its start."""


class Mark(Record):
    """How far one file was read."""

    end: int = 0
    """Bytes of the (unpacked) file."""
    chain: str = ""
    """Digest of everything up to there."""
    size: int = -1
    mtime_ns: int = -1
    """Of the file, once it was read to its end; -1 before."""

    def whole(self, stat: stat_result) -> bool:
        """True when this very file was read to its end."""
        return (self.size, self.mtime_ns) == (stat.st_size, stat.st_mtime_ns)

    def after(self, records: Sequence[FileRecord]) -> "Mark":
        """The mark after these; a last line without a line break is read once more when the file has grown."""
        ended = [record for record in records if record.ended]
        return Mark(end=ended[-1].end, chain=ended[-1].chain) if ended else Mark(end=self.end, chain=self.chain)


class Replay(Record):
    """How far the archive was played again."""

    anchor: date
    """The last of the 90 days: set with the first page, never computed again."""
    total: int
    content: str
    """Digest of all files: other files, or more in them, are played again from the start, to the same anchor."""
    played: int = 0


class Progress(Cursor):
    """The archive's cursor: all that must be known to read on."""

    files: dict[str, Mark] = Field(default_factory=dict)
    replay: Replay | None = None

    def mark(self, path: Path) -> Mark:
        """How far this file was read."""
        return self.files.get(str(path), Mark())

    def read_on(self, path: Path, mark: Mark, found: Sequence[Raw | Rejected]) -> "Progress":
        """The cursor once the page with these messages is stored."""
        played = sum(isinstance(one, Raw) and one.replayed_from is not None for one in found)
        replay = None if self.replay is None else self.replay.model_copy(update={"played": self.replay.played + played})
        return Progress(files={**self.files, str(path): mark}, replay=replay)


def pages_left(path: Path, reading: Reading, mark: Mark, now: datetime) -> Iterator[tuple[list[FileRecord], Mark]]:
    """Page by page what was not read yet, each with the mark after it.

    A last line without a line break waits while somebody may still be writing it: half a message would be kept beside the whole one.
    """
    stat = path.stat()  # before reading: what is appended meanwhile is seen the next time
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


def _from(mark: Mark, path: Path, reading: Reading) -> tuple[Mark, Iterator[FileRecord]]:
    """The records after the mark; all of them when what stands before it is no longer what was read."""
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
    """The same records; one whose id stood before in the file is no good: which of the two is right, nobody can say."""
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
