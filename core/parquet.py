"""Write a small table as Apache Parquet.

pyarrow would add 150 MB for it.

One row group, one page a column, plain and uncompressed: enough for tables of some thousand rows, and readable by every Parquet reader
(tests read the files with pyarrow). Source: https://parquet.apache.org/docs/file-format/, with Thrift's compact protocol.
"""

import struct
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

Kind = Literal["string", "integer", "number"]
Cell = str | int | float | None
MAGIC = b"PAR1"
PHYSICAL: dict[Kind, int] = {"integer": 2, "number": 5, "string": 6}
"""INT64, DOUBLE, BYTE_ARRAY."""
OPTIONAL, UTF8, PLAIN, RLE, UNCOMPRESSED, DATA_PAGE = 1, 0, 0, 3, 0, 0
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


class _Chunk(NamedTuple):
    """Hold offset and size of a column's page, header included."""

    offset: int
    size: int


class _List(NamedTuple):
    """Hold the elements of a Thrift list, and their type."""

    of: int
    elements: Sequence[object]


def write_parquet(columns: Mapping[str, Kind], rows: Sequence[Sequence[Cell]], metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the file of a table; each cell may be None.

    Args:
        columns: name and kind of each column, in the order of the cells.
        rows: their cells.
        metadata: further key and value pairs of the file, such as title and licence.
    """
    out = bytearray(MAGIC)
    chunks = []
    for at, kind in enumerate(columns.values()):
        page = _page(kind, [row[at] for row in rows])
        chunks.append(_Chunk(len(out), len(page)))
        out += page
    footer = _footer(columns, chunks, len(rows), metadata or {})
    return bytes(out + footer + struct.pack("<I", len(footer)) + MAGIC)


def _page(kind: Kind, cells: Sequence[Cell]) -> bytes:
    """Return one data page: header, which cells are there, and their values."""
    levels = b"".join(_varint(sum(1 for _ in run) << 1) + bytes([there]) for there, run in groupby(cell is not None for cell in cells))
    body = struct.pack("<I", len(levels)) + levels + b"".join(_plain(kind, cell) for cell in cells if cell is not None)
    header = _struct(
        {
            1: (_I32, DATA_PAGE),
            2: (_I32, len(body)),
            3: (_I32, len(body)),
            5: (_STRUCT, _struct({1: (_I32, len(cells)), 2: (_I32, PLAIN), 3: (_I32, RLE), 4: (_I32, RLE)})),
        }
    )
    return header + body


def _plain(kind: Kind, cell: Cell) -> bytes:
    if kind == "string":
        text = str(cell).encode()
        return struct.pack("<I", len(text)) + text
    return struct.pack("<q" if kind == "integer" else "<d", cell)


def _footer(columns: Mapping[str, Kind], chunks: Sequence[_Chunk], rows: int, metadata: Mapping[str, str]) -> bytes:
    root = _struct({4: (_BINARY, "schema"), 5: (_I32, len(columns))})
    schema = [root, *(_element(name, kind) for name, kind in columns.items())]
    written = [_chunk(name, kind, chunk, rows) for (name, kind), chunk in zip(columns.items(), chunks, strict=True)]
    group = _struct({1: (_LIST, _List(_STRUCT, written)), 2: (_I64, sum(one.size for one in chunks)), 3: (_I64, rows)})
    pairs = [_struct({1: (_BINARY, key), 2: (_BINARY, value)}) for key, value in metadata.items()]
    return _struct(
        {
            1: (_I32, 1),
            2: (_LIST, _List(_STRUCT, schema)),
            3: (_I64, rows),
            4: (_LIST, _List(_STRUCT, [group])),
            5: (_LIST, _List(_STRUCT, pairs)),
            6: (_BINARY, "escucha"),
        }
    )


def _element(name: str, kind: Kind) -> bytes:
    fields: dict[int, tuple[int, object]] = {1: (_I32, PHYSICAL[kind]), 3: (_I32, OPTIONAL), 4: (_BINARY, name)}
    if kind == "string":
        fields |= {6: (_I32, UTF8), 10: (_STRUCT, _struct({1: (_STRUCT, _struct({}))}))}
    return _struct(fields)


def _chunk(name: str, kind: Kind, chunk: _Chunk, rows: int) -> bytes:
    meta = _struct(
        {
            1: (_I32, PHYSICAL[kind]),
            2: (_LIST, _List(_I32, [PLAIN, RLE])),
            3: (_LIST, _List(_BINARY, [name])),
            4: (_I32, UNCOMPRESSED),
            5: (_I64, rows),
            6: (_I64, chunk.size),
            7: (_I64, chunk.size),
            9: (_I64, chunk.offset),
        }
    )
    return _struct({2: (_I64, chunk.offset), 3: (_STRUCT, meta)})


def _struct(fields: Mapping[int, tuple[int, object]]) -> bytes:
    """Write a Thrift struct; its fields are numbered in rising order."""
    out, last = bytearray(), 0
    for number, (kind, value) in fields.items():
        out.append((number - last) << 4 | kind)
        out += _value(value)
        last = number
    return bytes(out) + b"\x00"


def _value(value: object) -> bytes:
    if isinstance(value, _List):
        size = len(value.elements)
        head = bytes([size << 4 | value.of]) if size < 15 else bytes([0xF0 | value.of]) + _varint(size)
        return head + b"".join(_value(one) for one in value.elements)
    if isinstance(value, bytes):  # a struct that is written already
        return value
    if isinstance(value, int):
        return _varint(value << 1 ^ value >> 63)
    text = str(value).encode()
    return _varint(len(text)) + text


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
