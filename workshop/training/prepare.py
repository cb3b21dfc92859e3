"""Prepare the inputs of a training run."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import DEFAULT, MODELS
from workshop.training.data.dataset import held_out, load_training_set
from workshop.training.data.example import Example
from workshop.training.data.soft_labels import SoftLabels, by_text, load_annotations, mix_labels
from workshop.training.export.encoder import choose_rows, shipped_rows
from workshop.training.train.base_model import BaseModel, find_base_model, load_base_model
from workshop.training.train.cross_fitting import cross_fit, predict_out_of_fold, real_posts
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.held_out import Predictions


@dataclass(frozen=True)
class TrainingInputs:
    """Hold the inputs of a training run; the same for every seed."""

    base: BaseModel
    rows: list[int]
    """Rows of the base vocabulary that stay."""
    train_set: Sequence[Example]
    held_out_set: Sequence[Example]
    """Held out of training; scores are calibrated on it."""
    out_of_fold: Predictions
    """Out-of-fold predictions of the cross-fitted models."""
    targets: SoftLabels


def prepare_training(data: Path, weights: Path | None, word_lists: Path | None, cache: Path, threads: int) -> TrainingInputs:
    """Load the sets, cross-fit two models, and soften the labels.

    Args:
        data: folder of the labelled sets.
        weights: file of the base model; None: that of the installed package.
        word_lists: folder with dict/ and hunspell/ to choose the vocabulary from; None: keep the vocabulary of the shipped model.
        cache: folder of cached checkpoints.
        threads: cores to use.
    """
    log_progress("loading the base model and the training sets")
    base = load_base_model(weights or find_base_model())
    rows = choose_rows(base, data, word_lists) if word_lists else shipped_rows(base, MODELS / DEFAULT)
    examples = load_training_set(data)
    train_set, held_out_set = split(examples, held_out(examples))
    model = MODELS / DEFAULT
    others = cross_fit(base, rows, model, real_posts(train_set), TrainingConfig(), cache, threads)
    out_of_fold = predict_out_of_fold(others, model, train_set)
    targets = mix_labels(train_set, by_text(out_of_fold), load_annotations(data))
    return TrainingInputs(base, rows, train_set, held_out_set, out_of_fold, targets)


def split(examples: Sequence[Example], held: NDArray[np.bool_]) -> tuple[list[Example], list[Example]]:
    """Split the examples into training set and held-out set."""
    pairs = list(zip(examples, held, strict=True))
    return [example for example, out in pairs if not out], [example for example, out in pairs if out]


def log_progress(text: str) -> None:
    """Write progress to standard error."""
    sys.stderr.write(f"training: {text}\n")
    sys.stderr.flush()
