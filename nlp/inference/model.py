"""Run encoder, heads and tagger over texts, with a cache by text."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.inference.encoder import PROCESSOR, load_encoder
from nlp.inference.heads import head_logits, make_vectors
from nlp.inference.model_files import LABELS, Weights
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

    def load(self) -> None:
        """Load the graphs now, so that no post is blamed for them."""
        self.encoder.load()
        _ = self.tagger.session

    def read(self, texts: Sequence[str]) -> ModelOutput:
        """Return the model's output for these texts, row by row."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = {key: self.memory[key] for key in keys if key in self.memory}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        known.update(zip(new, self._run(list(new.values())), strict=True))
        for key in dict.fromkeys(keys):
            self.memory[key] = known[key]
            self.memory.move_to_end(key)
        while len(self.memory) > CACHED_TEXTS:
            self.memory.popitem(last=False)
        return self._join([known[key] for key in keys])

    def _run(self, texts: Sequence[str]) -> list[TextOutput]:
        pooled: dict[int, Floats] = {}
        tags: dict[int, tuple[Tag, ...]] = {}
        truncated: dict[int, bool] = {}
        read: dict[int, str] = {}
        for batch in self.encoder.encode(texts):
            pooled.update(zip(batch.rows, batch.pooled, strict=True))
            marked = self.tagger.tag([texts[row] for row in batch.rows], batch)
            tags.update(zip(batch.rows, marked, strict=True))
            truncated.update(zip(batch.rows, batch.truncated, strict=True))
            read.update(zip(batch.rows, batch.read, strict=True))
        rows = range(len(texts))
        if not rows:
            return []
        means = np.stack([pooled[row] for row in rows]).reshape(len(texts), -1)
        logits = head_logits(self.weights, means, [read[row] for row in rows])
        vectors = make_vectors(self.weights, means)
        return [
            TextOutput(vectors[row], {head: values[row] for head, values in logits.items()}, tags[row], truncated[row])
            for row in rows
        ]

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
