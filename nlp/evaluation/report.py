"""The figures of each question on posts that people labelled: what was right, how sure the reader was, and where it errs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.annotation import Annotation
from nlp.evaluation.gold_set import QUESTIONS, Gold
from nlp.evaluation.metrics import (
    Columns,
    Flags,
    Interval,
    accuracy,
    bootstrap,
    calibration_error,
    f1,
    f1_of_counts,
    macro_f1,
    precision,
    recall,
)
from nlp.inference.model_files import LABELS

YES_OR_NO = ("actionable", "relevance")
"""Their score is how probable yes is, whatever the answer."""
Pairs = Sequence[tuple[Gold, Annotation]]


@dataclass(frozen=True)
class LabelScore:
    """How well one label is found."""

    label: str
    precision: float
    recall: float
    f1: float
    posts: int


@dataclass(frozen=True)
class Score:
    """One question's figures, and one row for each label that was given or said."""

    question: str
    posts: int
    figures: dict[str, Interval]
    labels: tuple[LabelScore, ...] = ()


def score(pairs: Pairs) -> list[Score]:
    """The figures of every question that the labelled posts answer."""
    by_question = {name: [pair for pair in pairs if name in pair[0].right] for name in QUESTIONS}
    return [_score_one(name, kept) for name, kept in by_question.items() if kept]


def _score_one(name: str, pairs: Pairs) -> Score:
    if name == "places":
        return _score_places(pairs)
    right = [row.right[name] for row, _ in pairs]
    said = [reading.value(name) for _, reading in pairs]
    sure = np.array([reading.labels[name].score for _, reading in pairs], np.float32)
    if name in YES_OR_NO:
        return _score_yes_or_no(name, np.array(said, np.bool_), np.array(right, np.bool_), sure)
    if name == "language":  # `es-ES` and `es` are one language to us
        right = [value.lower().split("-")[0] for value in right]
    names = list(dict.fromkeys([*LABELS.get(name, ()), *sorted({*right, *map(str, said)})]))
    truth, answers = (np.array([names.index(str(value)) for value in column]) for column in (right, said))
    figures = {**_shares(answers, truth), "ECE": bootstrap(calibration_error, sure, answers == truth)}
    rows = ((label, answers == number, truth == number) for number, label in enumerate(names))
    return Score(name, len(pairs), figures, _by_label(rows))


def _score_yes_or_no(name: str, said: Flags, right: Flags, sure: NDArray[np.float32]) -> Score:
    figures = {
        **_shares(said.astype(np.int64), right.astype(np.int64)),
        "F1 of true": bootstrap(f1, said, right),
        "precision of true": bootstrap(precision, said, right),
        "recall of true": bootstrap(recall, said, right),
        "ECE": bootstrap(calibration_error, sure, right),
    }
    return Score(name, len(right), figures, _by_label([("true", said, right), ("false", ~said, ~right)]))


def _shares(said: Columns, right: Columns) -> dict[str, Interval]:
    return {"macro-F1": bootstrap(macro_f1, said, right), "accuracy": bootstrap(accuracy, said, right)}


def _score_places(pairs: Pairs) -> Score:
    """Exact words; each wording counts once a post."""
    words = [({place.text for place in reading.places}, set(row.right["places"])) for row, reading in pairs]
    counts = np.array([(len(said & right), len(said), len(right)) for said, right in words])
    figures = {
        "F1 of exact words": bootstrap(_f1_of_words, counts),
        "precision": bootstrap(_precision_of_words, counts),
        "recall": bootstrap(_recall_of_words, counts),
    }
    return Score("places", len(pairs), figures)


def _f1_of_words(counts: NDArray[np.int64]) -> float:
    hits, said, right = counts.sum(axis=0)
    return f1_of_counts(float(hits), float(said), float(right))


def _precision_of_words(counts: NDArray[np.int64]) -> float:
    hits, said, _ = counts.sum(axis=0)
    return float(hits / max(said, 1))


def _recall_of_words(counts: NDArray[np.int64]) -> float:
    hits, _, right = counts.sum(axis=0)
    return float(hits / max(right, 1))


def _by_label(rows: Iterable[tuple[str, Flags, Flags]]) -> tuple[LabelScore, ...]:
    return tuple(
        LabelScore(label, precision(said, right), recall(said, right), f1(said, right), int(right.sum()))
        for label, said, right in rows
        if said.any() or right.any()
    )
