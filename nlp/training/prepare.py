"""What is ready before the reader that ships is taught: the weights to begin with, what is taught, and what others thought of it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import DEFAULT, MODELS
from nlp.training.data.dataset import held_out, read_training
from nlp.training.data.example import Example
from nlp.training.data.soft_labels import SoftLabels, opinions, read_readings, softened_lesson
from nlp.training.export.encoder import known_rows, trimmed_rows
from nlp.training.train.base_model import Carrier, find_carrier, read_carrier
from nlp.training.train.cross_fitting import ask_apart, real_posts, teach_apart
from nlp.training.train.fine_tune import TrainingConfig
from nlp.training.train.held_out import Answers


@dataclass(frozen=True)
class Ready:
    """Everything a teaching needs; the same for every seed."""

    carrier: Carrier
    rows: list[int]
    """Of the carrier's vocabulary, those that stay."""
    taught: Sequence[Example]
    kept_out: Sequence[Example]
    """What never teaches: with it the scores are made honest."""
    thought: Answers
    """What the readers taught apart said of texts they were not taught."""
    lesson: SoftLabels


def get_ready(data: Path, weights: Path | None, words: Path | None, kept: Path, threads: int) -> Ready:
    """Read the sets, teach the two readers apart, and soften the labels by what they say.

    Args:
        data: folder of the labelled sets.
        weights: the carrier's file; the installed package's if not given.
        words: folder with dict/ and hunspell/ to choose the vocabulary anew; else that of the model in use stays.
        kept: folder where what was taught is kept.
        threads: cores to use.
    """
    say("reading the carrier and the training sets")
    carrier = read_carrier(weights or find_carrier())
    rows = trimmed_rows(carrier, data, words) if words else known_rows(carrier, MODELS / DEFAULT)
    examples = read_training(data)
    taught, kept_out = split(examples, held_out(examples))
    made = MODELS / DEFAULT
    others = teach_apart(carrier, rows, made, real_posts(taught), TrainingConfig(), kept, threads)
    thought = ask_apart(others, made, taught)
    lesson = softened_lesson(taught, opinions(thought), read_readings(data))
    return Ready(carrier, rows, taught, kept_out, thought, lesson)


def split(examples: Sequence[Example], held: NDArray[np.bool_]) -> tuple[list[Example], list[Example]]:
    """What teaches, and what is asked about."""
    pairs = list(zip(examples, held, strict=True))
    return [example for example, out in pairs if not out], [example for example, out in pairs if out]


def say(text: str) -> None:
    """Progress on standard error."""
    sys.stderr.write(f"training: {text}\n")
    sys.stderr.flush()
