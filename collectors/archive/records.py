"""Split a file into records.

A malformed record is returned with its line and reason, without its text, and reading continues after it.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from collectors.archive.lines import CHUNK, MAX_RECORD, LineReader, PhysicalLine, UnreadableFileError, open_binary, sniff_encoding
from core.json_limits import read_json

Item = dict[str, Any]
"""One record: JSON object or CSV row, by the file's own column names."""
JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
MAX_LINES = 20_000
"""Of one row: a bound on memory when every line is empty."""
DELIMITERS = ";,\t|"
csv.field_size_limit(MAX_RECORD)  # the module's default limit is 128 kB, and its error leaves the csv parser in an undefined state


@dataclass(frozen=True)
class FileRecord:
    """Hold one record of a file."""

    line: int
    """Number of its first line."""
    end: int
    """Bytes of the (decompressed) file up to its end."""
    size: int
    digest: str
    ended: bool
    """False: the last of the file, without a line break."""
    item: Item | None
    reason: str | None = None
    """Why there is no item."""
    chain: str = ""
    """Digest of the whole file up to here: distinguishes a file that has grown from one that was changed."""


def read_records(path: Path, encoding: str, check_header: Callable[[list[str]], None]) -> Iterator[FileRecord]:
    """Yield the file's records in order.

    Args:
        path: `.jsonl`, `.ndjson` or `.json` (one object a line, UTF-8), else CSV; both plain or gzip.
        encoding: of a CSV; `auto` examines its first 64 kB.
        check_header: gets the column names of a CSV and raises if they are unsuitable.

    Raises:
        UnreadableFileError: the file as a whole is not what its name says; with the cure.
    """
    with open_binary(path) as stream:
        if Path(path.name.lower().removesuffix(".gz")).suffix in JSON_SUFFIXES:
            yield from _chained(_json_records(LineReader(stream)), "")
            return
        lines = LineReader(stream)
        header, table = _table(lines, encoding if encoding != "auto" else _sniffed(stream), check_header)
        yield from _chained(_csv_records(lines, table), header.digest)


def _sniffed(stream: IO[bytes]) -> str:
    head = stream.read(CHUNK)
    stream.seek(0)
    return sniff_encoding(head)


def _chained(records: Iterator[FileRecord], chain: str) -> Iterator[FileRecord]:
    for record in records:
        chain = hashlib.sha256(f"{chain}{record.digest}".encode()).hexdigest()
        yield replace(record, chain=chain)


def _json_records(lines: LineReader) -> Iterator[FileRecord]:
    for line in lines:
        if line.too_long:
            yield _record([line], None, "too_large")
        elif line.content.strip():
            yield _record([line], *_object(line.content))


def _object(content: bytes) -> tuple[Item | None, str | None]:
    try:
        item = read_json(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, "bad_encoding"
    except ValueError:  # broken, or a number of 5,000 digits
        return None, "bad_json"
    return (item, None) if isinstance(item, dict) else (None, "bad_json")


@dataclass(frozen=True)
class CsvFormat:
    """Describe the format of a CSV file."""

    columns: list[str]
    delimiter: str
    encoding: str

    def row(self, content: bytes) -> list[str]:
        """Parse the cells of one row, strictly.

        Otherwise an unclosed quote would swallow the following rows.

        Raises:
            UnicodeDecodeError: not in this encoding.
            csv.Error: a misplaced quote.
        """
        text = content.decode(self.encoding).rstrip("\r\n")
        return next(csv.reader([text], delimiter=self.delimiter, strict=True), [])


def _table(lines: LineReader, encoding: str, check_header: Callable[[list[str]], None]) -> tuple[PhysicalLine, CsvFormat]:
    line = next(lines, None)
    if line is None:
        raise UnreadableFileError("is empty: a CSV must begin with a line of column names")
    tables = [_header(line.content, delimiter, encoding) for delimiter in DELIMITERS]
    best = max((table for table in tables if table is not None), key=lambda table: len(table.columns), default=None)
    if best is None:
        raise UnreadableFileError("its first line is not a row of column names separated by ; , | or tabs")
    check_header(best.columns)
    return line, best


def _header(content: bytes, delimiter: str, encoding: str) -> CsvFormat | None:
    try:
        names = CsvFormat([], delimiter, encoding).row(content.removeprefix(b"\xef\xbb\xbf"))
    except (UnicodeDecodeError, csv.Error):
        return None
    return CsvFormat([name.strip() for name in names], delimiter, encoding) if any(names) else None


def _csv_records(lines: LineReader, table: CsvFormat) -> Iterator[FileRecord]:
    for first in lines:
        if first.too_long or first.content.strip():
            yield _row(lines, first, table)


def _row(lines: LineReader, first: PhysicalLine, table: CsvFormat) -> FileRecord:
    """Read one row, which may span many lines.

    If its quotes do not match, only its first line is rejected.
    """
    kept, open_quote, size = [first], first.quotes % 2 == 1, first.size
    while open_quote and size <= MAX_RECORD and len(kept) <= MAX_LINES and (line := next(lines, None)) is not None:
        kept.append(line)
        size += line.size
        open_quote ^= line.quotes % 2 == 1
    if any(line.too_long for line in kept):
        return _too_large(lines, kept, open_quote)
    content = b"".join(line.content for line in kept)
    try:
        cells = table.row(content + b'"' if open_quote else content)
    except UnicodeDecodeError:
        return _record(kept, None, "bad_encoding")
    except csv.Error:
        return _malformed(lines, kept)
    if open_quote and (size > MAX_RECORD or len(kept) > MAX_LINES):
        return _too_large(lines, kept, open_quote)
    if open_quote:  # the file ended inside a quote
        return _malformed(lines, kept)
    if len(cells) != len(table.columns):
        return _record(kept, None, "bad_row")
    return _record(kept, dict(zip(table.columns, cells, strict=True)), None)


def _malformed(lines: LineReader, kept: list[PhysicalLine]) -> FileRecord:
    lines.put_back(kept[1:])
    return _record(kept[:1], None, "bad_row")


def _too_large(lines: LineReader, kept: list[PhysicalLine], open_quote: bool) -> FileRecord:
    """Skip an oversized row to its closing quote, keeping no lines."""
    seen, size, last = hashlib.sha256(), 0, kept[-1]
    for line in kept:
        seen.update(line.digest.encode())
        size += line.size
    while open_quote and (line_or_none := next(lines, None)) is not None:
        last = line_or_none
        seen.update(last.digest.encode())
        size += last.size
        open_quote ^= last.quotes % 2 == 1
    return FileRecord(kept[0].number, last.end, size, seen.hexdigest(), last.ended, item=None, reason="too_large")


def _record(lines: list[PhysicalLine], item: Mapping[str, Any] | None, reason: str | None) -> FileRecord:
    digest = lines[0].digest if len(lines) == 1 else hashlib.sha256("".join(x.digest for x in lines).encode()).hexdigest()
    return FileRecord(
        line=lines[0].number,
        end=lines[-1].end,
        size=sum(line.size for line in lines),
        digest=digest,
        ended=lines[-1].ended,
        item=None if item is None else dict(item),
        reason=reason,
    )
