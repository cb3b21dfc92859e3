"""Draw the precision-recall curve of a threshold."""

from collections.abc import Sequence

from nlp.evaluation import metrics
from nlp.evaluation.metrics import CurvePoint, Flags, curve
from nlp.inference.model_output import Floats
from workshop.training.model_card.svg import (
    BLUE,
    GREY,
    LEFT,
    LEGEND,
    LINE,
    MARGIN,
    WIDTH,
    assemble,
    count_posts,
    draw_axes,
    draw_circle,
    draw_diamond,
    draw_line,
    draw_text,
    element,
    to_x,
    to_y,
    xml_text,
)

REPORTED_RECALL = 0.9
"""Recall at which the precision of `actionable` is reported."""


def precision_recall(title: str, score: Floats, truth: Flags, chosen: float) -> str:
    """Draw the precision-recall curve with two thresholds marked.

    Marked are the chosen one and the most precise one that has 90 % recall.

    Args:
        title: question and set of posts.
        score: probability of yes, 0 to 1.
        truth: whether yes is right.
        chosen: threshold in use.
    """
    predicted = score >= chosen
    taken = CurvePoint(chosen, metrics.precision(predicted, truth), metrics.recall(predicted, truth))
    at_recall = point_at_recall(score, truth, REPORTED_RECALL)
    captions = [f"{count_posts(len(score))}, {int(truth.sum()):,} of them true" + ("" if at_recall else ": there is no curve")]
    marks = []
    if at_recall:
        captions += [f"chosen: {describe_point(taken)}", f"at {100 * REPORTED_RECALL:.0f} % recall: {describe_point(at_recall)}"]
        for draw, point, row in ((draw_diamond, at_recall, 2), (draw_circle, taken, 1)):
            marks += [draw(to_x(point.recall), to_y(point.precision)), draw(LEFT + 8, LEGEND + LINE * row - 4)]
    legend = [draw_text(LEFT + 24, LEGEND + LINE * row, text) for row, text in enumerate(captions)]
    guide = draw_line((to_x(REPORTED_RECALL), to_y(0)), (to_x(REPORTED_RECALL), to_y(1)), GREY, stroke_dasharray="2 4")
    steps = element("path", d=step_path(curve(score, truth)), fill="none", stroke=BLUE, stroke_width=2)
    parts = [*draw_axes("recall", "precision"), guide, steps, *marks, *legend]
    return assemble(title, f"{'; '.join(captions)}.", WIDTH, LEGEND + 2 * LINE + MARGIN, parts)


def precision_at_recall(score: Floats, truth: Flags, recall: float = REPORTED_RECALL) -> float:
    """Return the highest precision at this recall or more; 0 without positives."""
    point = point_at_recall(score, truth, recall)
    return point.precision if point else 0.0


def point_at_recall(score: Floats, truth: Flags, recall: float) -> CurvePoint | None:
    """Return the most precise threshold that has this recall.

    Of several the one with the highest recall.
    """
    reached = [point for point in curve(score, truth) if point.recall >= recall]
    return max(reached, key=lambda point: (point.precision, point.recall), default=None)


def step_path(points: Sequence[CurvePoint]) -> str:
    """Return a curve's SVG path in steps: precision is not interpolated."""
    steps = [f"M{xml_text(to_x(0))} {xml_text(to_y(points[0].precision))}"] if points else []
    for before, point, after in zip([None, *points], points, [*points[1:], None], strict=False):
        between = before and after and before.recall == point.recall == after.recall
        if not between:  # at equal recall precision only falls: the two ends draw the whole line
            steps.append(f"V{xml_text(to_y(point.precision))}H{xml_text(to_x(point.recall))}")
    return "".join(steps)


def describe_point(point: CurvePoint) -> str:
    """Format the point for the legend."""
    return f"precision {point.precision:.3f}, recall {point.recall:.3f} (threshold {point.threshold:.3f})"
