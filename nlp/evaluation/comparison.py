"""Two models on the same labelled posts: how often each is right, how fast each reads, and on which posts they differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.evaluation.gold_set import Gold
from nlp.evaluation.metrics import Columns, Interval, accuracy, bootstrap, f1, macro_f1
from nlp.inference.model_files import LABELS


@dataclass(frozen=True)
class Answers:
    """What a model said of the posts, in their order, and how long it took."""

    model: str
    values: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Side:
    """One model's figures."""

    model: str
    macro_f1: Interval
    accuracy: Interval
    posts_per_second: float
    f1: dict[str, float]
    """By label."""


@dataclass(frozen=True)
class Comparison:
    """Both sides, and the ids of the posts on which they differ."""

    question: str
    posts: dict[str, int]
    """By label, how many posts have it."""
    ours: Side
    theirs: Side
    gained: Interval
    """Macro-F1 of theirs less ours; the same posts are drawn for both."""
    only_ours_right: tuple[str, ...]
    only_theirs_right: tuple[str, ...]
    both_wrong_apart: tuple[str, ...]


def compare(question: str, gold: Sequence[Gold], ours: Answers, theirs: Answers) -> Comparison:
    """The figures of both models on posts that all answer the question."""
    names = LABELS[question]
    right = _columns(names, [str(row.right[question]).lower() for row in gold])
    own, their = _columns(names, ours.values), _columns(names, theirs.values)
    ids = np.array([row.row_id for row in gold], dtype=object)
    return Comparison(
        question=question,
        posts={name: int((right == number).sum()) for number, name in enumerate(names)},
        ours=_side(names, ours, own, right),
        theirs=_side(names, theirs, their, right),
        gained=bootstrap(_gained, own, their, right),
        only_ours_right=tuple(ids[(own == right) & (their != right)]),
        only_theirs_right=tuple(ids[(own != right) & (their == right)]),
        both_wrong_apart=tuple(ids[(own != right) & (their != right) & (own != their)]),
    )


def _columns(names: tuple[str, ...], values: Sequence[str]) -> Columns:
    return np.array([names.index(value) for value in values], np.int64)


def _gained(own: Columns, their: Columns, right: Columns) -> float:
    return macro_f1(their, right) - macro_f1(own, right)


def _side(names: tuple[str, ...], answers: Answers, said: Columns, right: Columns) -> Side:
    return Side(
        model=answers.model,
        macro_f1=bootstrap(macro_f1, said, right),
        accuracy=bootstrap(accuracy, said, right),
        posts_per_second=round(len(said) / answers.seconds, 1),
        f1={name: f1(said == number, right == number) for number, name in enumerate(names)},
    )


def format_markdown(found: Comparison) -> str:
    """The comparison as tables in Markdown; posts are named by their id only."""
    sides = (found.ours, found.theirs)
    lines = [f"| {found.question}, {sum(found.posts.values())} posts | macro-F1 (95 %) | accuracy (95 %) | posts/s |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {one.model} | {one.macro_f1} | {one.accuracy} | {one.posts_per_second:g} |" for one in sides]
    value, low, high = found.gained
    lines += ["", f"Macro-F1 of theirs less ours: {value:+.3f} (95 %: {low:+.3f} to {high:+.3f})", ""]
    lines += ["| label | F1 of ours | F1 of theirs | posts |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {found.ours.f1[name]:.2f} | {found.theirs.f1[name]:.2f} | {count} |"
        for name, count in found.posts.items()
        if count
    ]
    lines += [
        "",
        _ids("only ours is right", found.only_ours_right),
        _ids("only theirs is right", found.only_theirs_right),
    ]
    return "\n".join([*lines, _ids("both are wrong, not in the same way", found.both_wrong_apart)])


def _ids(what: str, ids: Sequence[str]) -> str:
    return f"{what} ({len(ids)}){': ' if ids else ''}{', '.join(ids)}"
