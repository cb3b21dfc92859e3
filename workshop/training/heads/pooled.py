"""Cache pooled states of the shipped encoder on disk.

Heads are fitted on them many times.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.inference.encoder import Encoder
from nlp.inference.model_files import Weights
from nlp.inference.model_output import Floats


class PooledCache:
    """Cache pooled states by text."""

    def __init__(self, weights: Weights, cache: Path, threads: int) -> None:
        self.weights, self.threads = weights, threads
        self.path = cache / f"pooled-{weights.manifest.files['encoder.onnx'].sha256[:12]}.npz"
        self.row: dict[str, int] = {}
        self.values = np.zeros((0, len(weights.tensors["vector.weight"])), np.float32)
        if self.path.exists():
            with np.load(self.path, allow_pickle=False) as file:
                self.row = {key: at for at, key in enumerate(file["keys"].tolist())}
                self.values = file["values"]

    def of(self, texts: Sequence[str]) -> Floats:
        """Return pooled states [texts, layers * width], encoding and caching new texts."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.row}
        if new:
            self._read(new)
        return np.asarray(self.values[[self.row[key] for key in keys]])

    def _read(self, new: dict[str, str]) -> None:
        found = np.zeros((len(new), self.values.shape[1]), np.float32)
        for batch in Encoder(self.weights.folder, self.threads).encode(list(new.values())):
            found[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
        self.row |= {key: len(self.values) + at for at, key in enumerate(new)}
        self.values = np.concatenate([self.values, found])
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part.npz")
        np.savez(part, keys=np.array(list(self.row)), values=self.values)
        part.rename(self.path)
