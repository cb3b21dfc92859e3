"""Asks the finished model, as the product does, and compares it with the same encoder in plain 32-bit numbers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.encoder import Encoder
from nlp.heads import answer_heads
from nlp.stretches import read_stretches
from nlp.training.crossval import Stretches, tag_probabilities
from nlp.training.dataset import Example
from nlp.training.scores import Answers, Table
from nlp.weights import LABELS, Weights


def ask(weights: Weights, examples: Sequence[Example], threads: int, folder: Path | None = None) -> Answers:
    """What the model says of these texts; with `folder`, through the encoder that lies there."""
    encoder = Encoder(folder or weights.folder, threads)
    width = weights.tensors["trunk.weight"].shape[1]
    pooled = np.zeros((len(examples), width), np.float32)
    stretches: dict[int, Stretches] = {}
    for batch in encoder.encode([example.text for example in examples]):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
        probable = tag_probabilities(weights.tensors, batch.states)
        for at, row in enumerate(batch.rows):
            offsets = batch.offsets[at]
            stretches[row] = read_stretches(examples[row].text, offsets, probable[at, : len(offsets)])
    logits = answer_heads(weights, pooled)
    exponents = {head: np.exp(values - values.max(axis=1, keepdims=True)) for head, values in logits.items()}
    probabilities = {head: values / values.sum(axis=1, keepdims=True) for head, values in exponents.items()}
    return Answers(examples, probabilities, [stretches[row] for row in range(len(examples))])


def agreement(weights: Weights, plain: Path, examples: Sequence[Example], threads: int) -> str:
    """How often the label is the same as with the encoder in 32 bits."""
    ours, theirs = ask(weights, examples, threads), ask(weights, examples, threads, plain)
    table = Table(("head", "same label"))
    for head in LABELS:
        one, other = ours.probabilities[head], theirs.probabilities[head]
        if head == "actionable":
            limit = weights.manifest.actionable_from
            same = (one[:, 1] >= limit) == (other[:, 1] >= limit)
        else:
            same = one.argmax(axis=1) == other.argmax(axis=1)
        table.rows.append((head, f"{same.mean():.1%}"))
    return table.text()
