"""Cross-validation: what the heads and the tagger say of posts that they were not taught with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.encoded import Floats, softmax
from nlp.heads import answer_raw
from nlp.stretches import read_stretches
from nlp.training.dataset import Example
from nlp.training.features import Features, find_all, tag_tokens
from nlp.training.fit import Recipe, Tensors, fit_heads, fit_tagger
from nlp.weights import LABELS

FOLDS = 5
Stretches = list[tuple[int, int, float]]


@dataclass(frozen=True)
class Unseen:
    """Answers to the guided examples, each from a model that was taught without it."""

    rows: NDArray[np.int64]
    """Which examples."""
    logits: dict[str, Floats]
    """By head, one row for each of `rows`."""
    stretches: list[Stretches]
    """By row: the stretches found, with their raw scores."""


def make_folds(examples: Sequence[Example]) -> NDArray[np.int64]:
    """The fold of each guided example; -1 for the others, which always teach."""
    folds = np.full(len(examples), -1)
    texts = sorted({example.fold_by for example in examples if example.fold_by is not None})
    order = np.random.default_rng(0).permutation(len(texts))
    number = {text: int(order[at]) % FOLDS for at, text in enumerate(texts)}
    for row, example in enumerate(examples):
        if example.fold_by is not None:
            folds[row] = number[example.fold_by]
    return folds


def cross_validate(examples: Sequence[Example], features: Features, recipe: Recipe) -> Unseen:
    """Teach five times without a fifth, and answer that fifth."""
    folds = make_folds(examples)
    rows = np.flatnonzero(folds >= 0)
    logits = {head: np.zeros((len(examples), len(labels)), np.float32) for head, labels in LABELS.items()}
    stretches: dict[int, Stretches] = {}
    for fold in range(FOLDS):
        taught, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        heads, tagger = teach(examples, features, taught, recipe)
        for head, values in answer_raw(heads, features.pooled[asked]).items():
            logits[head][asked] = values
        for row in map(int, asked):
            stretches[row] = find_stretches(tagger, examples[row], features, row)
    return Unseen(rows, {head: values[rows] for head, values in logits.items()}, [stretches[int(row)] for row in rows])


def teach(
    examples: Sequence[Example], features: Features, rows: NDArray[np.int64], recipe: Recipe
) -> tuple[Tensors, Tensors]:
    """Heads and tagger, taught with these rows."""
    heads = fit_heads(features.pooled[rows], [examples[row] for row in rows], recipe)
    known = [int(row) for row in rows if row in features.states]
    states = np.concatenate([features.states[row] for row in known])
    tags = [tag_tokens(examples[row].text, examples[row].places or (), features.offsets[row]) for row in known]
    return heads, fit_tagger(states, np.concatenate(tags))


def find_stretches(tagger: Tensors, example: Example, features: Features, row: int) -> Stretches:
    """What the tagger marks in one text."""
    probable = tag_probabilities(tagger, features.states[row].astype(np.float32))
    return read_stretches(example.text, features.offsets[row], probable)


def tag_probabilities(tagger: Tensors, states: Floats) -> Floats:
    """How probable each tag is for each token: what `tagger.onnx` calculates, for taggers that are never written."""
    hidden = np.maximum(states @ tagger["places.hidden.weight"] + tagger["places.hidden.bias"], 0)
    return softmax(hidden @ tagger["places.weight"] + tagger["places.bias"])


def right_stretches(example: Example) -> set[tuple[int, int]]:
    """Where the labelled places stand: the first occurrence of each."""
    return {stretch for place in example.places or () for stretch in find_all(example.text, place)[:1]}


def probabilities(logits: Floats, scale: float, shift: tuple[float, ...]) -> Floats:
    """Calibrated probabilities."""
    return softmax(np.asarray(logits * scale + np.array(shift), np.float32))
