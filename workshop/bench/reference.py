"""Measure the speed that this machine has now.

Two fixed pieces of work are of the two kinds that Escucha does: Python, and products of eight-bit matrices. A figure divided by
their time is nearly the same on every machine, and on a busy one.
"""

import json
import re
import sqlite3
import time
import unicodedata
from collections.abc import Callable
from functools import partial

import numpy as np
import onnxruntime

ROWS, INNER, COLUMNS, PRODUCTS = 512, 384, 1536, 24
"""A batch of the encoder, through its widest product."""
_WORDS = re.compile(r"\w+")
_TEXT = "La farola de la plaza de Lavapiés lleva un mes fundida; el número 12 sigue sin luz, señora. " * 4


def python_loop() -> None:
    """Fold, count, serialise and store texts, without our own code."""
    database = sqlite3.connect(":memory:")
    database.execute("create table posts (id integer primary key, text text, kept text)")
    for number in range(150):
        plain = unicodedata.normalize("NFD", f"{_TEXT}{number}".casefold())
        counts: dict[str, int] = {}
        for found in _WORDS.finditer("".join(sign for sign in plain if not unicodedata.combining(sign))):
            counts[found[0]] = counts.get(found[0], 0) + 1
        kept = json.dumps(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
        database.execute("insert into posts values (?, ?, ?)", (number, _TEXT, kept))
    database.execute("select kept from posts order by text, id").fetchall()
    database.close()


def matrix_loop() -> Callable[[], None]:
    """Return the products of eight-bit matrices, ready to run."""
    weights = (np.arange(INNER * COLUMNS) % 253 - 126).astype(np.int8).reshape(INNER, COLUMNS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(_product_graph(weights), options, providers=["CPUExecutionProvider"])
    given = (np.arange(ROWS * INNER) % 251).astype(np.uint8).reshape(ROWS, INNER)

    def run() -> None:
        for _ in range(PRODUCTS):
            session.run(None, {"a": given})

    return run


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of this process for a piece of work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _product_graph(weights: "np.ndarray[tuple[int, ...], np.dtype[np.int8]]") -> bytes:
    """Write a graph of one product, in the wire format of ONNX.

    The package that writes it is not installed with Escucha.
    """
    uint8, int8, int32 = 2, 3, 6
    node = _text(1, "a") + _text(1, "b") + _text(2, "c") + _text(4, "MatMulInteger")
    tensor = b"".join(_number(1, one) for one in weights.shape) + _number(2, int8) + _text(8, "b")
    graph = _bytes(1, node) + _text(2, "product") + _bytes(5, tensor + _bytes(9, weights.tobytes()))
    graph += _bytes(11, _value("a", uint8, (ROWS, INNER))) + _bytes(12, _value("c", int32, (ROWS, COLUMNS)))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def _value(name: str, kind: int, shape: tuple[int, int]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, one)) for one in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def references() -> dict[str, Callable[[], float]]:
    """Return both loops, warmed up; each call returns its CPU seconds."""
    works: dict[str, Callable[[], None]] = {"python": python_loop, "matrix": matrix_loop()}
    for work in works.values():
        work()
    return {name: partial(cpu_seconds, work) for name, work in works.items()}
