"""Asks a taught network, through the eight-bit encoder that ships, about texts that it was not taught."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.inference.encoder import Encoder
from nlp.inference.heads import raw_logits
from nlp.inference.model_files import TAGGERS
from nlp.inference.model_output import Floats, softmax
from nlp.questions.places.boundaries import read_names
from nlp.questions.places.spans import read_stretches
from nlp.training.data.example import Example

Tensors = dict[str, NDArray[np.float32]]
Stretches = list[tuple[int, int, float]]
READ = {"places": read_names, "locations": read_stretches}
"""How the words of each tagger are put together: only places in a city have kinds and numbers."""


@dataclass(frozen=True)
class Answers:
    """What the model said of some examples: raw logits by head, and the stretches that each tagger marked."""

    examples: Sequence[Example]
    logits: dict[str, Floats]
    stretches: dict[str, list[Stretches]]

    def only(self, chosen: Sequence[int]) -> "Answers":
        """The answers to some of the examples."""
        return Answers(
            [self.examples[at] for at in chosen],
            {head: values[list(chosen)] for head, values in self.logits.items()},
            {name: [values[at] for at in chosen] for name, values in self.stretches.items()},
        )


def ask(folder: Path, tensors: Tensors, examples: Sequence[Example], threads: int) -> Answers:
    """Raw answers to these texts through the encoder in this folder."""
    encoder = Encoder(folder, threads)
    pooled = np.zeros((len(examples), len(tensors["vector.weight"])), np.float32)
    read: dict[int, str] = {}
    stretches: dict[str, dict[int, Stretches]] = {name: {} for name in TAGGERS}
    for batch in encoder.encode([example.text for example in examples]):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
        read.update(zip(batch.rows, batch.read, strict=True))
        for name, put_together in READ.items():
            tags = softmax(batch.states @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"])
            for at, row in enumerate(batch.rows):
                offsets = batch.offsets[at]
                stretches[name][row] = put_together(examples[row].text, offsets, tags[at, : len(offsets)])
    rows = range(len(examples))
    return Answers(
        examples,
        raw_logits(tensors, pooled, [read[row] for row in rows]),
        {name: [found[row] for row in rows] for name, found in stretches.items()},
    )
