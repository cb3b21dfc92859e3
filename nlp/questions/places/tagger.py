"""Tag the words of a post that name a place."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from nlp.inference.encoder import Batch, load_session
from nlp.inference.model_files import Weights
from nlp.inference.model_output import Tag
from nlp.questions.places.boundaries import extract_names

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


class Tagger:
    """Apply one linear layer to the token states.

    Its few operators run on ONNX Runtime, not on numpy's own threads.
    """

    def __init__(self, weights: Weights, threads: int) -> None:
        self.calibration = weights.manifest.places
        self.folder, self.threads = weights.folder, threads
        self.tensors = {part: weights.tensors[f"places.{part}"] for part in ("weight", "bias")}

    @cached_property
    def session(self) -> "InferenceSession":
        """Load the graph on first use.

        Raises:
            ModelError: the inference engine cannot load it.
        """
        return load_session(self.folder / "tagger.onnx", self.threads)

    def tag(self, texts: Sequence[str], batch: Batch) -> list[tuple[Tag, ...]]:
        """Return the place spans of each text of the batch, in order."""
        [probable] = self.session.run(["tags"], {"states": batch.states, **self.tensors})
        found = []
        for text, offsets, row in zip(texts, batch.offsets, probable, strict=True):
            raw = extract_names(text, offsets, row[: len(offsets)])
            found.append(tuple(Tag(start, end, self.calibrate(score)) for start, end, score in raw))
        return found

    def calibrate(self, score: float) -> float:
        """Return the probability that a span of this score is a place."""
        clear = min(max(score, 1e-6), 1 - 1e-6)
        odds = self.calibration.scale * math.log(clear / (1 - clear)) + self.calibration.shift[0]
        return 1 / (1 + math.exp(-odds))
