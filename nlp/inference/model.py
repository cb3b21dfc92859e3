"""Run encoder, heads and tagger over texts, with a cache by text."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from core.runtime.one_filler import one_filler
from nlp.inference.encoder import PROCESSOR, load_encoder
from nlp.inference.heads import head_logits, make_vectors
from nlp.inference.model_files import LABELS, Weights, load_weights
from nlp.inference.model_output import Floats, ModelOutput, Tag
from nlp.questions.places.tagger import Tagger

CACHED_TEXTS = 20_000
"""Texts in the cache, about 2 kB each: copies and shares of a post arrive within hours of it."""


@dataclass(frozen=True)
class TextOutput:
    """Hold the model's output for one text."""

    embedding: Floats
    logits: dict[str, Floats]
    tags: tuple[Tag, ...]
    truncated: bool


class InferenceModel:
    """Combine the encoder with all its heads."""

    def __init__(self, weights: Weights, threads: int, device: str = PROCESSOR) -> None:
        self.weights = weights
        self.encoder = load_encoder(weights.folder, threads, device)
        self.model = weights.model + self.encoder.numbers
        self.tagger = Tagger(weights, threads)
        self.memory: OrderedDict[bytes, TextOutput] = OrderedDict()
        self._reading = Lock()
        """Held while texts are read: pages of several towns share the model."""

    def load(self) -> None:
        """Load the graphs now, so that no post is blamed for them."""
        self.encoder.load()
        _ = self.tagger.session

    def read(self, texts: Sequence[str], windows: Sequence[int] = ()) -> ModelOutput:
        """Return the model's output for these texts, row by row.

        Args:
            texts: what is read.
            windows: of MAX_TOKENS, how many of each text are read at most (`nlp/inference/windows.py`); empty: one.
        """
        with self._reading:
            return self._read(list(zip(texts, windows or [1] * len(texts), strict=True)))

    def _read(self, asked: Sequence[tuple[str, int]]) -> ModelOutput:
        keys = [hashlib.blake2b(f"{most} {text}".encode(), digest_size=16).digest() for text, most in asked]
        known = {key: self.memory[key] for key in keys if key in self.memory}
        new = {key: one for key, one in zip(keys, asked, strict=True) if key not in known}
        known.update(zip(new, self._run(list(new.values())), strict=True))
        for key in dict.fromkeys(keys):
            self.memory[key] = known[key]
            self.memory.move_to_end(key)
        while len(self.memory) > CACHED_TEXTS:
            self.memory.popitem(last=False)
        return self._join([known[key] for key in keys])

    def _run(self, asked: Sequence[tuple[str, int]]) -> list[TextOutput]:
        texts = [text for text, _ in asked]
        pooled: dict[int, list[tuple[int, Floats]]] = {}
        tags: dict[int, tuple[Tag, ...]] = {}
        truncated: dict[int, bool] = {}
        read: dict[int, str] = {}
        for batch in self.encoder.encode(texts, [most for _, most in asked]):
            marked = self.tagger.tag([texts[row] for row in batch.rows], batch)
            lengths = batch.mask.sum(axis=1).tolist()
            for at, row in enumerate(batch.rows):
                pooled.setdefault(row, []).append((lengths[at], batch.pooled[at]))
                tags[row] = tuple(sorted((*tags.get(row, ()), *marked[at]), key=_start))
                truncated[row] = batch.truncated[at]
                read[row] = max(read.get(row, ""), batch.read[at], key=len)
        rows = range(len(texts))
        if not rows:
            return []
        means = np.stack([_mean(pooled[row]) for row in rows]).reshape(len(texts), -1)
        logits = head_logits(self.weights, means, [read[row] for row in rows])
        vectors = make_vectors(self.weights, means)
        return [TextOutput(vectors[row], {head: values[row] for head, values in logits.items()}, tags[row], truncated[row]) for row in rows]

    def _join(self, rows: Sequence[TextOutput]) -> ModelOutput:
        manifest = self.weights.manifest
        width = len(self.weights.tensors["vector.bias"])
        return ModelOutput(
            embedding=np.array([row.embedding for row in rows], np.float32).reshape(len(rows), width),
            logits={
                head: np.array([row.logits[head] for row in rows], np.float32).reshape(len(rows), len(labels))
                for head, labels in LABELS.items()
            },
            labels=LABELS,
            tags=tuple(row.tags for row in rows),
            truncated=np.array([row.truncated for row in rows], np.bool_),
            actionable_from=manifest.actionable_from,
            model=self.model,
        )


@one_filler(maxsize=1)
def shared_model(folder: Path, threads: int, device: str) -> InferenceModel:
    """Return the model of this process, made once.

    All its towns read with it.

    Raises:
        ModelError: a file of the model is missing or damaged; the message names it and the cure.
    """
    return InferenceModel(load_weights(folder), threads, device)


def _mean(windows: Sequence[tuple[int, Floats]]) -> Floats:
    """Return the mean over the tokens of all windows."""
    if len(windows) == 1:
        return windows[0][1]
    total = sum(length * pooled.astype(np.float64) for length, pooled in windows)
    return np.asarray(total / sum(length for length, _ in windows), np.float32)


def _start(tag: Tag) -> int:
    return tag.start
