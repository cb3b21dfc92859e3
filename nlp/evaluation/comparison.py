"""Compare two models on the same labelled posts: quality, speed, disagreements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.evaluation.gold_set import LabelledPost
from nlp.evaluation.metrics import Columns, MetricInterval, accuracy, bootstrap, f1, macro_f1
from nlp.inference.model_files import LABELS


@dataclass(frozen=True)
class ModelPredictions:
    """Hold a model's predictions in post order and its run time."""

    model: str
    values: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class ModelMetrics:
    """Hold the metrics of one model."""

    model: str
    macro_f1: MetricInterval
    accuracy: MetricInterval
    posts_per_second: float
    f1: dict[str, float]
    """By label."""


@dataclass(frozen=True)
class Comparison:
    """Hold both models' metrics and the ids of posts they disagree on."""

    question: str
    posts: dict[str, int]
    """By label, how many posts have it."""
    ours: ModelMetrics
    theirs: ModelMetrics
    gained: MetricInterval
    """Macro-F1 of theirs minus ours, resampled in pairs."""
    only_ours_right: tuple[str, ...]
    only_theirs_right: tuple[str, ...]
    both_wrong_apart: tuple[str, ...]


def compare(question: str, gold: Sequence[LabelledPost], ours: ModelPredictions, theirs: ModelPredictions) -> Comparison:
    """Compute the metrics of both models on posts labelled for the question."""
    names = LABELS[question]
    right = _columns(names, [str(row.right[question]).lower() for row in gold])
    own, their = _columns(names, ours.values), _columns(names, theirs.values)
    ids = np.array([row.row_id for row in gold], dtype=object)
    return Comparison(
        question=question,
        posts={name: int((right == number).sum()) for number, name in enumerate(names)},
        ours=_model_metrics(names, ours, own, right),
        theirs=_model_metrics(names, theirs, their, right),
        gained=bootstrap(_macro_f1_gain, own, their, right),
        only_ours_right=tuple(ids[(own == right) & (their != right)]),
        only_theirs_right=tuple(ids[(own != right) & (their == right)]),
        both_wrong_apart=tuple(ids[(own != right) & (their != right) & (own != their)]),
    )


def _columns(names: tuple[str, ...], values: Sequence[str]) -> Columns:
    return np.array([names.index(value) for value in values], np.int64)


def _macro_f1_gain(own: Columns, their: Columns, right: Columns) -> float:
    return macro_f1(their, right) - macro_f1(own, right)


def _model_metrics(names: tuple[str, ...], answers: ModelPredictions, predicted: Columns, right: Columns) -> ModelMetrics:
    return ModelMetrics(
        model=answers.model,
        macro_f1=bootstrap(macro_f1, predicted, right),
        accuracy=bootstrap(accuracy, predicted, right),
        posts_per_second=round(len(predicted) / answers.seconds, 1),
        f1={name: f1(predicted == number, right == number) for number, name in enumerate(names)},
    )


def format_markdown(found: Comparison) -> str:
    """Format the comparison as Markdown tables; posts appear by id only."""
    sides = (found.ours, found.theirs)
    lines = [f"| {found.question}, {sum(found.posts.values())} posts | macro-F1 (95 %) | accuracy (95 %) | posts/s |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {one.model} | {one.macro_f1} | {one.accuracy} | {one.posts_per_second:g} |" for one in sides]
    value, low, high = found.gained
    lines += ["", f"Macro-F1 of theirs minus ours: {value:+.3f} (95 %: {low:+.3f} to {high:+.3f})", ""]
    lines += ["| label | F1 of ours | F1 of theirs | posts |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {found.ours.f1[name]:.2f} | {found.theirs.f1[name]:.2f} | {count} |" for name, count in found.posts.items() if count
    ]
    lines += ["", _ids("only ours is right", found.only_ours_right), _ids("only theirs is right", found.only_theirs_right)]
    return "\n".join([*lines, _ids("both are wrong, with different labels", found.both_wrong_apart)])


def _ids(what: str, ids: Sequence[str]) -> str:
    return f"{what} ({len(ids)}){': ' if ids else ''}{', '.join(ids)}"
