"""Build soft labels: a probability for each label, by question.

A label of one annotator is one opinion. The shipped model is trained on it together with further annotations of the posts to councils
(`readings/`) and with out-of-fold predictions (`cross_fitting.py`).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats
from workshop.training.data.decide_madrid import load_texts
from workshop.training.data.example import READINGS, Example, encode_labels, load_json_lines
from workshop.training.data.redacted import redact
from workshop.training.data.sources import load_rows
from workshop.training.train.held_out import Predictions

FIRST_CHOICE = 0.8
"""Probability of the first of two labels that an annotator found nearly as good."""
ANNOTATION_WEIGHT = 0.4
"""Weight of the mean of further annotations, beside the label in the set."""
PREDICTION_WEIGHT = 0.35
"""Weight of out-of-fold predictions, beside annotations by people."""

Distributions = dict[str, dict[str, Floats]]
"""By text (its `key`) and question: a probability for each label."""


@dataclass(frozen=True)
class SoftLabels:
    """Hold texts and their soft labels, by question [texts, labels].

    Rows sum to one, or to zero where a text has no label.
    """

    examples: Sequence[Example]
    answers: dict[str, Floats]


def one_hot_labels(examples: Sequence[Example]) -> SoftLabels:
    """Encode each text's own label as a one-hot row."""
    answers = {}
    for question, column in encode_labels(examples).items():
        answers[question] = np.zeros((len(examples), len(LABELS[question])), np.float32)
        known = np.flatnonzero(column >= 0)
        answers[question][known, column[known]] = 1
    return SoftLabels(examples, answers)


def mix_labels(examples: Sequence[Example], out_of_fold: Distributions, readings: Distributions) -> SoftLabels:
    """Mix each text's label with further annotations and out-of-fold predictions.

    Args:
        examples: the texts.
        out_of_fold: out-of-fold predictions of the cross-fitted models.
        readings: further annotations by people or large models.
    """
    targets = one_hot_labels(examples)
    for question, answers in targets.answers.items():
        for others, share in ((readings, ANNOTATION_WEIGHT), (out_of_fold, PREDICTION_WEIGHT)):
            for at, example in enumerate(examples):
                probabilities = others.get(example.key, {}).get(question)
                if probabilities is not None and answers[at].any():
                    answers[at] = (1 - share) * answers[at] + share * probabilities
    return targets


def by_text(answers: Predictions) -> Distributions:
    """Index predicted probabilities by text and question."""
    heads = {question: np.exp(values) for question, values in answers.logits.items()}
    return {e.key: {question: heads[question][at] for question in LABELS} for at, e in enumerate(answers.examples)}


def sample_epoch(examples: Sequence[Example], rng: random.Random) -> list[int]:
    """Sample one epoch by the weights of the texts.

    Each time a text occurs, one of its forms is drawn.
    """
    forms: dict[str, list[int]] = {}
    for row, example in enumerate(examples):
        forms.setdefault(example.key, []).append(row)
    return [row for rows in forms.values() for row in rng.choices(rows, k=draw_count(examples[rows[0]].weight, rng))]


def draw_count(weight: float, rng: random.Random) -> int:
    """Draw how often a text occurs in one epoch.

    A weight of 0.5 is every second epoch on average.
    """
    return int(weight) + (rng.random() < weight % 1)


def load_annotations(data: Path) -> Distributions:
    """Load the mean of the further annotations, by text and question.

    Posts to councils and texts of Decide Madrid have every question, Spanish tweets the sentiment.
    """
    council = {row["id"]: row["text"] for row in load_rows(data, "council_posts_es/train.jsonl")}
    tweets = {at: redact(row["text"]) for at, row in enumerate(load_rows(data, "umsab/spanish_train.jsonl"))}
    texts = {"council_posts_es": council, "umsab_spanish": tweets, "decide_madrid_es": load_texts(data)}
    found: dict[str, dict[str, list[Floats]]] = {}
    for path in sorted(READINGS.glob("*.jsonl")):
        known: dict[Any, str] = next(texts[name] for name in texts if path.stem.startswith(name))
        for row in load_json_lines(path) if known else ():
            text = known[row["id"] if "id" in row else row["line"]]
            probabilities = found.setdefault(text, {question: [] for question in LABELS if question in row})
            for question, each in probabilities.items():
                each.append(parse_annotation(question, row[question]))
    return {text: {question: np.mean(each, axis=0) for question, each in probabilities.items()} for text, probabilities in found.items()}


def parse_annotation(question: str, probabilities: Any) -> Floats:
    """Convert one annotation to a probability for each label.

    `sentiment` is given in tenths by label, `actionable` in ninths, other questions as one or two labels, the better first.

    >>> parse_annotation("actionable", 9).tolist()
    [0.0, 1.0]
    """
    if question == "sentiment":
        return np.array([share / 10 for share in probabilities], np.float32)
    if question == "actionable":
        return np.array([1 - probabilities / 9, probabilities / 9], np.float32)
    found = np.zeros(len(LABELS[question]), np.float32)
    for label, share in zip(probabilities, (FIRST_CHOICE, 1 - FIRST_CHOICE) if len(probabilities) == 2 else (1.0,), strict=True):
        found[LABELS[question].index(label)] += share
    return found
