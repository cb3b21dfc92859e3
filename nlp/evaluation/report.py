"""Compute the metrics of each question on labelled posts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import eq

import numpy as np
from numpy.typing import NDArray

from core.records.annotation import Annotation
from nlp.evaluation.gold_set import QUESTIONS, LabelledPost
from nlp.evaluation.metrics import (
    Columns,
    Flags,
    MetricInterval,
    accuracy,
    average_precision,
    bootstrap,
    calibration_error,
    f1,
    f1_of_counts,
    macro_f1,
    precision,
    recall,
    recall_at,
)
from nlp.inference.model_files import LABELS

BINARY_QUESTIONS = ("actionable", "relevance")
"""Questions whose score is the probability of yes, whatever the label."""
OF_TRUE: dict[str, Callable[[Flags, Flags], float]] = {"F1 of true": f1, "precision of true": precision, "recall of true": recall}
ACTIONABLE_PRECISION, COMPLAINT_PRECISION = 0.90, 0.78
"""Precisions at which the recall of actionable posts and of complaints is measured."""
ACTIONABLE_RECALL = f"recall at precision {ACTIONABLE_PRECISION:.2f}"
COMPLAINT_RECALL = f"complaint recall at precision {COMPLAINT_PRECISION:.2f}"
Pairs = Sequence[tuple[LabelledPost, Annotation]]


@dataclass(frozen=True)
class LabelScore:
    """Hold the metrics of one label."""

    label: str
    precision: float
    recall: float
    f1: float
    posts: int


@dataclass(frozen=True)
class Score:
    """Hold the metrics of one question, and of each label that occurs."""

    question: str
    posts: int
    figures: dict[str, MetricInterval]
    labels: tuple[LabelScore, ...] = ()
    border: int = 0
    """Posts that honest readers answer differently: they count in none of the figures above."""
    with_border: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The measures with them, all taken as wrong and all as right."""


def score(pairs: Pairs, complaint_scores: Sequence[float] = ()) -> list[Score]:
    """Compute the metrics of every question that the posts are labelled for.

    `complaint_scores`: the probability of a complaint by post; empty: the recall of complaints is not measured.
    """
    found = []
    for name in QUESTIONS:
        if kept := [pair for pair in pairs if name in pair[0].right]:
            border = [annotation.value(name) for row, annotation in pairs if name in row.border]
            both = _with_border(name, kept, border) if border else {}
            one = _score_one(name, kept)
            if name == "intent" and complaint_scores:
                scores = [chance for chance, (row, _) in zip(complaint_scores, pairs, strict=True) if name in row.right]
                one = replace(one, figures=one.figures | {COMPLAINT_RECALL: _complaint_recall(kept, scores)})
            found.append(replace(one, border=len(border), with_border=both))
    return found


def _complaint_recall(pairs: Pairs, scores: Sequence[float]) -> MetricInterval:
    truth = np.array([row.right["intent"] == "complaint" for row, _ in pairs], np.bool_)
    return bootstrap(partial(recall_at, precision=COMPLAINT_PRECISION), np.array(scores, np.float32), truth)


def _with_border(name: str, pairs: Pairs, border: Sequence[object]) -> dict[str, tuple[float, float]]:
    """Return each measure with border posts all wrong and all right.

    `border`: what was predicted for them.
    """
    right, predicted = [row.right[name] for row, _ in pairs], [annotation.value(name) for _, annotation in pairs]
    if name not in BINARY_QUESTIONS:
        hits, count = sum(map(eq, right, predicted)), len(pairs) + len(border)
        return {"accuracy": (hits / count, (hits + len(border)) / count)}
    said = np.array([*predicted, *border], np.bool_)
    worst, best = (np.array([*right, *answers], np.bool_) for answers in ([not one for one in border], border))
    found = {"accuracy": (float((said == worst).mean()), float((said == best).mean()))}
    return found | {measure: (do(said, worst), do(said, best)) for measure, do in OF_TRUE.items()}


def _score_one(name: str, pairs: Pairs) -> Score:
    if name == "places":
        return _score_places(pairs)
    right = [row.right[name] for row, _ in pairs]
    predicted = [annotation.value(name) for _, annotation in pairs]
    sure = np.array([annotation.labels[name].score for _, annotation in pairs], np.float32)
    if name in BINARY_QUESTIONS:
        return _score_binary(name, np.array(predicted, np.bool_), np.array(right, np.bool_), sure)
    if name == "language":  # `es-ES` and `es` are the same language here
        right = [value.lower().split("-")[0] for value in right]
    names = list(dict.fromkeys([*LABELS.get(name, ()), *sorted({*right, *map(str, predicted)})]))
    truth, answers = (np.array([names.index(str(value)) for value in column]) for column in (right, predicted))
    figures = {**_f1_and_accuracy(answers, truth), "ECE": bootstrap(calibration_error, sure, answers == truth)}
    rows = ((label, answers == number, truth == number) for number, label in enumerate(names))
    return Score(name, len(pairs), figures, _by_label(rows))


def _score_binary(name: str, predicted: Flags, right: Flags, sure: NDArray[np.float32]) -> Score:
    figures = {
        **_f1_and_accuracy(predicted.astype(np.int64), right.astype(np.int64)),
        **{measure: bootstrap(do, predicted, right) for measure, do in OF_TRUE.items()},
        "ECE": bootstrap(calibration_error, sure, right),
    }
    if name == "actionable":
        figures["average precision"] = bootstrap(average_precision, sure, right)
        figures[ACTIONABLE_RECALL] = bootstrap(partial(recall_at, precision=ACTIONABLE_PRECISION), sure, right)
    return Score(name, len(right), figures, _by_label([("true", predicted, right), ("false", ~predicted, ~right)]))


def _f1_and_accuracy(predicted: Columns, right: Columns) -> dict[str, MetricInterval]:
    return {"macro-F1": bootstrap(macro_f1, predicted, right), "accuracy": bootstrap(accuracy, predicted, right)}


def _score_places(pairs: Pairs) -> Score:
    """Score exact place texts; duplicates in a post count once."""
    words = [({place.text for place in annotation.places}, set(row.right["places"])) for row, annotation in pairs]
    counts = np.array([(len(predicted & right), len(predicted), len(right)) for predicted, right in words])
    figures = {
        "F1 of exact words": bootstrap(_f1_of_words, counts),
        "precision": bootstrap(_precision_of_words, counts),
        "recall": bootstrap(_recall_of_words, counts),
    }
    return Score("places", len(pairs), figures)


def _f1_of_words(counts: NDArray[np.int64]) -> float:
    hits, predicted, right = counts.sum(axis=0)
    return f1_of_counts(float(hits), float(predicted), float(right))


def _precision_of_words(counts: NDArray[np.int64]) -> float:
    hits, predicted, _ = counts.sum(axis=0)
    return float(hits / max(predicted, 1))


def _recall_of_words(counts: NDArray[np.int64]) -> float:
    hits, _, right = counts.sum(axis=0)
    return float(hits / max(right, 1))


def _by_label(rows: Iterable[tuple[str, Flags, Flags]]) -> tuple[LabelScore, ...]:
    return tuple(
        LabelScore(label, precision(predicted, right), recall(predicted, right), f1(predicted, right), int(right.sum()))
        for label, predicted, right in rows
        if predicted.any() or right.any()
    )
