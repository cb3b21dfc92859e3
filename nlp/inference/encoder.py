"""Encode texts with the multilingual transformer, in batches of equal padded length.

A text's output never depends on the texts beside it: the eight-bit scales are fixed, and a text is always padded to the
same length, the next multiple of eight.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError, ModelError
from core.runtime.one_filler import one_filler_property
from nlp.inference.model_files import REPAIR
from nlp.inference.model_output import Floats
from nlp.inference.runtime_info import adds_exactly, describe_engine
from nlp.inference.tokenizer import MAX_TOKENS, SPECIAL_TOKENS, open_tokenizer
from nlp.text.sanitize import sanitize

if TYPE_CHECKING:  # a second each to import: `escucha status` and DAGs must not pay it
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

STEP = 8
"""Lengths are padded to multiples of this: 16 shapes at 128 tokens, 5 % of padding on city posts."""
BATCH_TOKENS = 512
"""Saturates the matrix units; 1,024 to 4,096 were no faster on two cores and exceed the processor's cache."""
MAX_CHARACTERS = 6000
"""What is read of a real text is never longer than this; avoids tokenising a megabyte of noise."""
WINDOW = MAX_TOKENS - SPECIAL_TOKENS
"""Tokens of a text in a window."""

PROCESSOR = "cpu"
"""The device of the shipped graph; any other device uses torch."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Batch:
    """Hold windows of one padded length and the encoder's output."""

    rows: list[int]
    """By window, the row of its text."""
    pooled: Floats
    """[windows, layers, width]: means over the tokens."""
    states: Floats
    """[windows, tokens, layers * width]"""
    mask: NDArray[np.int32]
    offsets: list[list[tuple[int, int]]]
    """By window, the characters of each token in the text; (0, 0) for the two at the ends."""
    truncated: list[bool]
    """By window: its text has more than was read."""
    read: list[str]
    """By window, the text up to its last token, with prompt injections blanked."""


@dataclass(frozen=True)
class Prepared:
    """Hold token ids of texts of one padded length, ready to encode."""

    rows: list[int]
    ids: NDArray[np.int64]
    mask: NDArray[np.int32]


class Encoder:
    """Run tokenizer and transformer.

    Several batches are encoded at once, each on one thread: a batch is too small to be split.
    """

    tokens = BATCH_TOKENS
    numbers = ""
    """Suffix of the model's name for its number format; empty for the shipped eight bits."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.folder = folder
        self.threads = threads

    @one_filler_property
    def tokenizer(self) -> "Tokenizer":
        """Load the tokenizer on first use, as the graph."""
        return open_tokenizer(self.folder)

    @one_filler_property
    def session(self) -> "InferenceSession":
        """Load the graph on first use.

        A run without new posts never loads it.
        """
        return load_session(self.folder / "encoder.onnx", threads=1)

    def load(self) -> None:
        """Load tokenizer and graph before several threads need them.

        Raises:
            ModelError: the inference engine cannot load the graph.
        """
        _ = self.tokenizer, self.session

    def encode(self, texts: Sequence[str], windows: Sequence[int] = ()) -> Iterator[Batch]:
        """Yield the texts in batches of equal padded length, shortest first.

        A text longer than a window has a row for each of its windows.

        Args:
            texts: what is encoded.
            windows: of MAX_TOKENS, how many of each text are read at most; empty: one.
        """
        if not texts:
            return
        self.load()
        windows = windows or [1] * len(texts)
        sanitised = [sanitize(text[:MAX_CHARACTERS]) for text in texts]
        found = self.tokenizer.encode_batch(sanitised)
        parts = [(row, at) for row, most in enumerate(windows) for at in range(min(most, count_windows(found[row])))]
        prepared = prepare([window_of(found[row].ids, at) for row, at in parts], self.tokens)
        for batch, (pooled, states) in in_parallel(self._run, prepared, self.threads):
            ready = replace(batch, rows=[parts[each][0] for each in batch.rows])
            truncated = [count_windows(found[row]) > windows[row] or len(texts[row]) > MAX_CHARACTERS for row in ready.rows]
            offsets = [window_of(found[row].offsets, at) for row, at in (parts[each] for each in batch.rows)]
            read = [sanitised[row][: where[-2][1]] for row, where in zip(ready.rows, offsets, strict=True)]
            yield Batch(ready.rows, pooled, states, ready.mask, offsets, truncated, read)

    def describe(self) -> str:
        """Describe the inference engine in one line."""
        return describe_engine(self.threads)

    def _run(self, ready: Prepared) -> tuple[Floats, Floats]:
        alone = len(ready.rows) == 1  # the runtime sums the tokens of a single text in another order
        ids, mask = (np.repeat(each, 2, axis=0) if alone else each for each in (ready.ids, ready.mask))
        pooled, states = self.session.run(["pooled", "states"], {"ids": ids, "mask": mask})
        return pooled[: len(ready.rows)], states[: len(ready.rows)]


def load_encoder(folder: Path, threads: int, device: str = PROCESSOR) -> Encoder:
    """Load the encoder of this folder on this device.

    Args:
        folder: of a checked model.
        threads: of the processor.
        device: `cpu` runs the shipped graph; `cuda`, `cuda:1` and so on a graphics card, `torch:cpu` the same on the processor.

    Raises:
        ConfigurationError: torch is not installed, or there is no such device; there is no fallback.
    """
    if device == PROCESSOR:
        return Encoder(folder, threads)
    try:
        from nlp.inference.torch_encoder import TorchEncoder
    except (ImportError, OSError) as error:  # OSError: a CUDA library is missing
        raise ConfigurationError(
            f"ESCUCHA_READER_DEVICE={device}: torch cannot be used ({error}): run `.venv/bin/pip install -r requirements-torch.txt`, "
            f"or set ESCUCHA_READER_DEVICE={PROCESSOR}"
        ) from None
    return TorchEncoder(folder, threads, device)


def count_windows(tokens: Sized) -> int:
    """Return how many windows of MAX_TOKENS a text fills.

    `tokens`: of the whole text, with the special ones at its ends.
    """
    return max(1, -(-(len(tokens) - SPECIAL_TOKENS) // WINDOW))


def window_of(tokens: Sequence[T], number: int) -> list[T]:
    """Return the tokens of a window, special ones included.

    >>> window_of([0, 5, 6, 2], 0)
    [0, 5, 6, 2]
    >>> len(window_of(range(300), 0)), window_of(range(300), 2)[:2], len(window_of(range(300), 2))
    (128, [0, 253], 48)
    """
    start = 1 + number * WINDOW
    return [tokens[0], *tokens[start : min(start + WINDOW, len(tokens) - 1)], tokens[-1]]


def prepare(ids: Sequence[Sequence[int]], tokens: int) -> Iterator[Prepared]:
    """Yield padded token ids in batches of equal length, bounded in tokens."""
    for rows, length in group_by_length([len(row) for row in ids], tokens):
        padded = np.ones((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int32)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = ids[row]
            mask[at, : len(ids[row])] = 1
        yield Prepared(rows, padded, mask)


def in_parallel(do: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[tuple[T, R]]:
    """Yield each item with its result, in order.

    Only a few items are computed ahead, to bound the memory of waiting results.
    """
    if threads == 1:
        for one in items:
            yield one, do(one)
        return
    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[T, Future[R]]] = deque()
        for one in items:
            ahead.append((one, pool.submit(do, one)))
            if len(ahead) > 2 * threads:
                first, done = ahead.popleft()
                yield first, done.result()
        for first, done in ahead:
            yield first, done.result()


def group_by_length(lengths: Sequence[int], tokens: int = BATCH_TOKENS) -> Iterator[tuple[list[int], int]]:
    """Yield rows of the same padded length, at most `tokens` tokens together.

    >>> list(group_by_length([3, 9, 8], tokens=16))
    [([0, 2], 8), ([1], 16)]
    """
    by_length: dict[int, list[int]] = {}
    for row, length in enumerate(lengths):
        by_length.setdefault(-(-length // STEP) * STEP, []).append(row)
    for length, rows in sorted(by_length.items()):
        size = max(1, tokens // length)
        for start in range(0, len(rows), size):
            yield rows[start : start + size], length


def load_session(path: Path, threads: int) -> "InferenceSession":
    """Load a graph into an ONNX Runtime session.

    Raises:
        ModelError: the runtime cannot load it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Processors without VNNI add two products in 16 bits and saturate; this makes them exact, so that a label is the
    # same on every machine. With VNNI they are exact anyway, and this would cost 40 % of the speed for the same bits.
    if not adds_exactly():
        options.add_session_config_entry("session.x64quantprecision", "1")
    # Waiting threads would spin on cores that other processes need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has one class per failure and no common base
        raise ModelError(f"{path}: the inference engine cannot load it ({type(error).__name__}); {REPAIR}") from error
