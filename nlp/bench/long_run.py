"""Whether memory stays flat over very many posts: the sample again and again, every text edited, nothing remembered."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from nlp.annotator import WINDOW, Annotator
from nlp.bench.machine import megabytes_now
from nlp.bench.sample import as_posts, edited

STEPS = 20
WARM = 0.2
"""Share of the run before memory is looked at: buffers for every length of text are made first."""


def read_long(annotator: Annotator, texts: Sequence[str], count: int) -> Iterator[tuple[int, float]]:
    """Read so many posts; posts read and megabytes held, twenty times."""
    waiting = edited(texts, count)
    done, step = 0, max(count // STEPS, 1)
    while window := list(islice(waiting, WINDOW)):
        annotator.one_pass.memory.clear()
        annotator.annotate(as_posts(window))
        if done // step != (done + len(window)) // step:
            yield done + len(window), megabytes_now()
        done += len(window)


def growth(points: Sequence[tuple[int, float]]) -> float:
    """Megabytes gained in 100,000 posts, a straight line through what was seen after the warm-up."""
    kept = [point for point in points if point[0] >= WARM * points[-1][0]]
    if len(kept) < 2:
        return float("nan")
    posts, held = np.array(kept, np.float64).T
    return float(np.polyfit(posts, held, 1)[0]) * 100_000
