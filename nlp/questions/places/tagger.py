"""The place tagger: marks the words of a post that name a street, a square, a neighbourhood, a building or a stop."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from nlp.inference.encoder import Batch, load_session
from nlp.inference.model_files import Weights
from nlp.inference.model_output import Tag
from nlp.questions.places.boundaries import read_names

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class Tagger:
    """One layer over the token states; its few operators run on the encoder's engine, not on numpy's own threads."""

    def __init__(self, weights: Weights, threads: int) -> None:
        self.calibration = weights.manifest.places
        self.folder, self.threads = weights.folder, threads
        self.tensors = {part: weights.tensors[f"places.{part}"] for part in ("weight", "bias")}

    @cached_property
    def session(self) -> "InferenceSession":
        """The graph, loaded when first needed.

        Raises:
            ModelError: the inference engine cannot load it.
        """
        return load_session(self.folder / "tagger.onnx", self.threads)

    def tag(self, texts: Sequence[str], batch: Batch) -> list[tuple[Tag, ...]]:
        """For each text of the batch, the stretches that name a place, from left to right."""
        [probable] = self.session.run(["tags"], {"states": batch.states, **self.tensors})
        found = []
        for text, offsets, row in zip(texts, batch.offsets, probable, strict=True):
            raw = read_names(text, offsets, row[: len(offsets)])
            found.append(tuple(Tag(start, end, self.calibrate(score)) for start, end, score in raw))
        return found

    def calibrate(self, score: float) -> float:
        """The probability that a stretch with this raw score is a place."""
        clear = min(max(score, 1e-6), 1 - 1e-6)
        odds = self.calibration.scale * math.log(clear / (1 - clear)) + self.calibration.shift[0]
        return 1 / (1 + math.exp(-odds))
