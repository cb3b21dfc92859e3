"""Draw the reliability diagrams and confusion matrices of the model card."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import BINS, Columns, Flags, calibration_error
from nlp.inference.model_output import Floats
from workshop.training.model_card.svg import (
    BLUE,
    FAINT,
    GREY,
    LEFT,
    LEGEND,
    LINE,
    MARGIN,
    SIDE,
    TOP,
    WIDTH,
    assemble,
    count_posts,
    draw_axes,
    draw_circle,
    draw_line,
    draw_rotated,
    draw_text,
    element,
    shade,
    text_width,
    to_x,
    to_y,
    xml_text,
)

ROW = 26
"""Height of a row of a confusion matrix, in pixels."""
SLANT = 0.71
"""Horizontal extent of a text rotated by 45 degrees, relative to its length."""
HINT = "the deeper, the more of its row; right answers on the diagonal"


class Bin(NamedTuple):
    """Describe the posts whose scores lie in one tenth."""

    start: float
    posts: int
    score: float
    """Their mean score."""
    right: float
    """Share of them that was right."""


def reliability(title: str, sure: Floats, right: Flags) -> str:
    """Draw a reliability diagram with ten bins and their counts.

    Args:
        title: question and set of posts.
        sure: score of each prediction, 0 to 1.
        right: whether it was right; for a yes-or-no question scored by its yes: whether yes is right.
    """
    bins = nonempty_bins(sure, right)
    total = f"{count_posts(len(sure))}, calibration error (ECE) {calibration_error(sure, right):.3f}"
    parts = draw_axes("score", "share that was right")
    parts += [bar(each) for each in bins]
    parts += [
        draw_line((to_x(0), to_y(0)), (to_x(1), to_y(1)), GREY, stroke_dasharray="6 4"),
        *(draw_circle(to_x(each.score), to_y(each.right)) for each in bins),
        draw_text(LEFT - 8, TOP - 14, "posts", text_anchor="end"),
        *(draw_text(to_x(each.start + 0.05), TOP - 14, str(each.posts), text_anchor="middle") for each in bins),
        draw_circle(LEFT + 8, LEGEND - 4),
        draw_text(LEFT + 24, LEGEND, "mean score of a bin, and the share of it that was right"),
        draw_line((LEFT, LEGEND + LINE - 4), (LEFT + 16, LEGEND + LINE - 4), GREY, stroke_dasharray="6 4"),
        draw_text(LEFT + 24, LEGEND + LINE, "where every score means what it says"),
        draw_text(LEFT + 24, LEGEND + 2 * LINE, total),
    ]
    sentences = [
        f"Score {each.start:.1f} to {each.start + 0.1:.1f}: {count_posts(each.posts)}, mean score {each.score:.3f}, {each.right:.3f} right."
        for each in bins
    ]
    return assemble(title, " ".join([f"{total}.", *sentences]), WIDTH, LEGEND + 2 * LINE + MARGIN, parts)


def nonempty_bins(sure: Floats, right: Flags) -> list[Bin]:
    """Return the bins that hold posts, divided as for the calibration error."""
    places = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    counts, scores, hits = (np.bincount(places, of, BINS) for of in (None, sure, right))
    return [Bin(n / BINS, int(counts[n]), scores[n] / counts[n], hits[n] / counts[n]) for n in np.flatnonzero(counts)]


def bar(each: Bin) -> str:
    """Draw the bar of one bin; its height is the accuracy."""
    place = {"x": to_x(each.start) + 2, "y": to_y(each.right), "width": SIDE / BINS - 4, "height": SIDE * each.right}
    return element("rect", **place, fill=BLUE, fill_opacity=0.3)


def confusion(title: str, labels: Sequence[str], truth: Columns, predicted: Columns) -> str:
    """Draw a confusion matrix: true labels in rows, predictions in columns.

    The shade of a cell is its share of the row.

    Args:
        title: question and set of posts.
        labels: in the order of their columns.
        truth: by post, the column of the right label; posts with a negative one (unknown) are left out.
        predicted: by post, the column of the predicted label.
    """
    known, counts = truth >= 0, np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (truth[known], predicted[known]), 1)
    rows = [f"{label} ({count:,})" for label, count in zip(labels, counts.sum(axis=1), strict=True)]
    width = max(36.0, text_width(f"{counts.max():,}") + 6)
    corner = (("said by the model →", -26), ("truth (posts) ↓", -8))
    left = 2 * MARGIN + max(text_width(text) for text in (*rows, corner[0][0]))
    slants = [text_width(label) * SLANT for label in labels]
    right = max(WIDTH - left - MARGIN, *(width * (n + 0.5) + slant for n, slant in enumerate(slants)), width * len(labels))
    top, bottom = 56 + max(slants), ROW * len(labels) + LINE
    parts = [
        f'<g transform="translate({xml_text(left)} {xml_text(top)})">',
        *(draw_text(-8, y, text, text_anchor="end", fill=GREY) for text, y in corner),
        *(draw_rotated(width * (n + 0.5), -8, label, -45) for n, label in enumerate(labels)),
        *(draw_text(-8, ROW * (n + 0.5) + 4, row, text_anchor="end") for n, row in enumerate(rows)),
        *(cell(row, column, width, counts) for row, column in np.ndindex(*counts.shape)),
        draw_text(MARGIN - left, bottom, HINT, fill=GREY),
        "</g>",
    ]
    return assemble(title, describe_confusion(labels, counts, rows), left + right + MARGIN, top + bottom + MARGIN, parts)


def cell(row: int, column: int, width: float, counts: NDArray[np.int64]) -> str:
    """Draw one cell with its number of posts; empty if zero."""
    x, y, count = width * column, ROW * row, int(counts[row, column])
    colour, ink = shade(count / max(int(counts[row].sum()), 1))
    edge = GREY if row == column else FAINT
    box = element("rect", x=x + 1, y=y + 1, width=width - 2, height=ROW - 2, fill=colour, stroke=edge)
    return box + draw_text(x + width / 2, y + ROW / 2 + 4, f"{count:,}", text_anchor="middle", fill=ink) if count else box


def describe_confusion(labels: Sequence[str], counts: NDArray[np.int64], rows: Sequence[str]) -> str:
    """Describe the matrix row by row, the most frequent prediction first."""
    total, right = int(counts.sum()), int(np.trace(counts))
    sentences = [f"{count_posts(total)}, {right:,} of them right."]
    for row, name in enumerate(rows):
        order = [number for number in np.argsort(-counts[row], kind="stable") if counts[row, number]]
        taken = ", ".join(f"{labels[number]} {counts[row, number]:,}" for number in order)
        sentences.append(f"{name} taken for: {taken or 'nothing'}.")
    return " ".join(sentences)
