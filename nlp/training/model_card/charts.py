"""The pictures of the model card: whether a score means what it says, and what is taken for what."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.evaluation.metrics import BINS, Columns, Flags, calibration_error
from nlp.inference.model_output import Floats
from nlp.training.model_card.svg import (
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
    across,
    axes,
    circle,
    element,
    line,
    plain,
    posts,
    shade,
    sheet,
    text_width,
    turned,
    up,
    words,
)

ROW = 26
"""Height of a row of a confusion picture."""
SLANTED = 0.71
"""How far a text reaches, of its length, when it is turned by 45 degrees."""
HINT = "the deeper, the more of its row; right answers on the diagonal"


class Bin(NamedTuple):
    """The posts whose scores lie within a tenth."""

    start: float
    posts: int
    score: float
    """Their mean score."""
    right: float
    """Share of them that was right."""


def reliability(title: str, sure: Floats, right: Flags) -> str:
    """Ten bins of the score against the share that was right; over each bin the number of its posts.

    Args:
        title: what was asked, of which posts.
        sure: how sure each answer was, 0 to 1.
        right: whether it was right; for a yes-or-no question scored by its yes: whether yes is right.
    """
    bins = filled_bins(sure, right)
    total = f"{posts(len(sure))}, calibration error (ECE) {calibration_error(sure, right):.3f}"
    parts = axes("score", "share that was right")
    parts += [bar(each) for each in bins]
    parts += [
        line((across(0), up(0)), (across(1), up(1)), GREY, stroke_dasharray="6 4"),
        *(circle(across(each.score), up(each.right)) for each in bins),
        words(LEFT - 8, TOP - 14, "posts", text_anchor="end"),
        *(words(across(each.start + 0.05), TOP - 14, str(each.posts), text_anchor="middle") for each in bins),
        circle(LEFT + 8, LEGEND - 4),
        words(LEFT + 24, LEGEND, "mean score of a bin, and the share of it that was right"),
        line((LEFT, LEGEND + LINE - 4), (LEFT + 16, LEGEND + LINE - 4), GREY, stroke_dasharray="6 4"),
        words(LEFT + 24, LEGEND + LINE, "where every score means what it says"),
        words(LEFT + 24, LEGEND + 2 * LINE, total),
    ]
    told = [
        f"Score {each.start:.1f} to {each.start + 0.1:.1f}: {posts(each.posts)}, mean score {each.score:.3f}, "
        f"{each.right:.3f} right."
        for each in bins
    ]
    return sheet(title, " ".join([f"{total}.", *told]), WIDTH, LEGEND + 2 * LINE + MARGIN, parts)


def filled_bins(sure: Floats, right: Flags) -> list[Bin]:
    """The bins that hold posts, as the calibration error divides them."""
    places = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    counts, scores, hits = (np.bincount(places, of, BINS) for of in (None, sure, right))
    return [Bin(n / BINS, int(counts[n]), scores[n] / counts[n], hits[n] / counts[n]) for n in np.flatnonzero(counts)]


def bar(each: Bin) -> str:
    """A bar over one bin, as high as the share that was right; the gaps keep neighbours apart."""
    place = {"x": across(each.start) + 2, "y": up(each.right), "width": SIDE / BINS - 4, "height": SIDE * each.right}
    return element("rect", **place, fill=BLUE, fill_opacity=0.3)


def confusion(title: str, labels: Sequence[str], truth: Columns, said: Columns) -> str:
    """What was taken for what: one row a true label, one column a label that was said; the deeper, the more of its row.

    Args:
        title: what was asked, of which posts.
        labels: in the order of their numbers.
        truth: by post, the number of the right label; below 0 where nobody knows it: such posts are left out.
        said: by post, the number of the label that the model gave.
    """
    known, counts = truth >= 0, np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(counts, (truth[known], said[known]), 1)
    rows = [f"{label} ({count:,})" for label, count in zip(labels, counts.sum(axis=1), strict=True)]
    width = max(36.0, text_width(f"{counts.max():,}") + 6)
    corner = (("said by the model →", -26), ("truth (posts) ↓", -8))
    left = 2 * MARGIN + max(text_width(text) for text in (*rows, corner[0][0]))
    slants = [text_width(label) * SLANTED for label in labels]
    right = max(
        WIDTH - left - MARGIN, *(width * (n + 0.5) + slant for n, slant in enumerate(slants)), width * len(labels)
    )
    top, bottom = 56 + max(slants), ROW * len(labels) + LINE
    parts = [
        f'<g transform="translate({plain(left)} {plain(top)})">',
        *(words(-8, y, text, text_anchor="end", fill=GREY) for text, y in corner),
        *(turned(width * (n + 0.5), -8, label, -45) for n, label in enumerate(labels)),
        *(words(-8, ROW * (n + 0.5) + 4, row, text_anchor="end") for n, row in enumerate(rows)),
        *(cell(row, column, width, counts) for row, column in np.ndindex(*counts.shape)),
        words(MARGIN - left, bottom, HINT, fill=GREY),
        "</g>",
    ]
    return sheet(title, confused(labels, counts, rows), left + right + MARGIN, top + bottom + MARGIN, parts)


def cell(row: int, column: int, width: float, counts: NDArray[np.int64]) -> str:
    """One cell with its number of posts; without posts it stays empty, so that the mistakes stand out."""
    x, y, count = width * column, ROW * row, int(counts[row, column])
    colour, ink = shade(count / max(int(counts[row].sum()), 1))
    edge = GREY if row == column else FAINT
    box = element("rect", x=x + 1, y=y + 1, width=width - 2, height=ROW - 2, fill=colour, stroke=edge)
    return box + words(x + width / 2, y + ROW / 2 + 4, f"{count:,}", text_anchor="middle", fill=ink) if count else box


def confused(labels: Sequence[str], counts: NDArray[np.int64], rows: Sequence[str]) -> str:
    """The same in words, row by row, the most frequent first."""
    total, right = int(counts.sum()), int(np.trace(counts))
    told = [f"{posts(total)}, {right:,} of them right."]
    for row, name in enumerate(rows):
        order = [number for number in np.argsort(-counts[row], kind="stable") if counts[row, number]]
        taken = ", ".join(f"{labels[number]} {counts[row, number]:,}" for number in order)
        told.append(f"{name} taken for: {taken or 'nothing'}.")
    return " ".join(told)
