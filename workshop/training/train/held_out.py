"""Predict held-out texts with a trained network through the shipped eight-bit encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.inference.encoder import Encoder
from nlp.inference.heads import raw_logits
from nlp.inference.model_files import TAGGERS
from nlp.inference.model_output import Floats, softmax
from nlp.questions.places.boundaries import extract_names
from nlp.questions.places.spans import extract_spans
from workshop.training.data.example import Example

Tensors = dict[str, NDArray[np.float32]]
Spans = list[tuple[int, int, float]]
SPAN_JOINERS = {"places": extract_names, "locations": extract_spans}
"""Function that joins each tagger's tokens to spans: only places in a city have types and house numbers."""


@dataclass(frozen=True)
class Predictions:
    """Hold predictions: raw logits by head, spans by tagger."""

    examples: Sequence[Example]
    logits: dict[str, Floats]
    spans: dict[str, list[Spans]]

    def only(self, chosen: Sequence[int]) -> "Predictions":
        """Return the predictions for some of the examples."""
        return Predictions(
            [self.examples[at] for at in chosen],
            {head: values[list(chosen)] for head, values in self.logits.items()},
            {name: [values[at] for at in chosen] for name, values in self.spans.items()},
        )


def predict(folder: Path, tensors: Tensors, examples: Sequence[Example], threads: int) -> Predictions:
    """Predict these texts with the encoder in this folder, uncalibrated."""
    encoder = Encoder(folder, threads)
    pooled = np.zeros((len(examples), len(tensors["vector.weight"])), np.float32)
    read: dict[int, str] = {}
    spans: dict[str, dict[int, Spans]] = {name: {} for name in TAGGERS}
    for batch in encoder.encode([example.text for example in examples]):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
        read.update(zip(batch.rows, batch.read, strict=True))
        for name, put_together in SPAN_JOINERS.items():
            tags = softmax(batch.states @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"])
            for at, row in enumerate(batch.rows):
                offsets = batch.offsets[at]
                spans[name][row] = put_together(examples[row].text, offsets, tags[at, : len(offsets)])
    rows = range(len(examples))
    return Predictions(
        examples,
        raw_logits(tensors, pooled, [read[row] for row in rows]),
        {name: [found[row] for row in rows] for name, found in spans.items()},
    )
