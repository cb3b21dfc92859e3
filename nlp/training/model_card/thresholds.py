"""What a threshold costs: how much of what it lets through is so, and how much of what is so it lets through."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nlp.evaluation import metrics
from nlp.evaluation.metrics import Flags
from nlp.inference.model_output import Floats
from nlp.training.model_card.svg import (
    BLUE,
    GREY,
    LEFT,
    LEGEND,
    LINE,
    MARGIN,
    WIDTH,
    across,
    axes,
    circle,
    diamond,
    element,
    line,
    plain,
    posts,
    sheet,
    up,
    words,
)

ASKED = 0.9
"""The recall that the precision of `actionable` is read at."""


class Point(NamedTuple):
    """What one threshold gives: everything that scores as much or more is said."""

    threshold: float
    precision: float
    recall: float


def precision_recall(title: str, score: Floats, truth: Flags, chosen: float) -> str:
    """What every threshold gives, with the chosen one and the best one that finds 90 % marked.

    Args:
        title: what was asked, of which posts.
        score: how probable a yes is, 0 to 1.
        truth: whether yes is right.
        chosen: from this score on yes is said.
    """
    said = score >= chosen
    taken = Point(chosen, metrics.precision(said, truth), metrics.recall(said, truth))
    asked = point_at_recall(score, truth, ASKED)
    told = [f"{posts(len(score))}, {int(truth.sum()):,} of them true" + ("" if asked else ": there is no curve")]
    marks = []
    if asked:
        told += [f"chosen: {in_words(taken)}", f"at {100 * ASKED:.0f} % recall: {in_words(asked)}"]
        for draw, point, row in ((diamond, asked, 2), (circle, taken, 1)):
            marks += [draw(across(point.recall), up(point.precision)), draw(LEFT + 8, LEGEND + LINE * row - 4)]
    legend = [words(LEFT + 24, LEGEND + LINE * row, text) for row, text in enumerate(told)]
    guide = line((across(ASKED), up(0)), (across(ASKED), up(1)), GREY, stroke_dasharray="2 4")
    steps = element("path", d=staircase(curve(score, truth)), fill="none", stroke=BLUE, stroke_width=2)
    parts = [*axes("recall", "precision"), guide, steps, *marks, *legend]
    return sheet(title, f"{'; '.join(told)}.", WIDTH, LEGEND + 2 * LINE + MARGIN, parts)


def precision_at_recall(score: Floats, truth: Flags, recall: float = ASKED) -> float:
    """The highest precision that a threshold has which finds at least this share of what is so; 0 when nothing is so."""
    point = point_at_recall(score, truth, recall)
    return point.precision if point else 0.0


def point_at_recall(score: Floats, truth: Flags, recall: float) -> Point | None:
    """The threshold of the highest precision among those that reach this recall; of several the one that finds most."""
    reached = [point for point in curve(score, truth) if point.recall >= recall]
    return max(reached, key=lambda point: (point.precision, point.recall), default=None)


def curve(score: Floats, truth: Flags) -> list[Point]:
    """One point for each score that occurs, the highest first: posts with the same score are said together or not at all."""
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) if truth.any() else np.array([], np.int64)
    hits = np.cumsum(truth[order])[ends]
    found = zip(falling[ends], hits / (ends + 1), hits / max(truth.sum(), 1), strict=True)
    return [Point(*map(float, values)) for values in found]


def staircase(points: Sequence[Point]) -> str:
    """The way of a curve: a recall is reached with the precision of the threshold that reaches it."""
    steps = [f"M{plain(across(0))} {plain(up(points[0].precision))}"] if points else []
    for before, point, after in zip([None, *points], points, [*points[1:], None], strict=False):
        between = before and after and before.recall == point.recall == after.recall
        if not between:  # on one recall the precision only falls: its ends draw the whole line
            steps.append(f"V{plain(up(point.precision))}H{plain(across(point.recall))}")
    return "".join(steps)


def in_words(point: Point) -> str:
    """The point as a legend tells it."""
    return f"precision {point.precision:.3f}, recall {point.recall:.3f} (threshold {point.threshold:.3f})"
