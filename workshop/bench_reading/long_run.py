"""Measure memory growth over very many posts.

The sample is repeated with every text edited, so that no result comes from a cache.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from nlp.annotator import WINDOW, Annotator
from workshop.bench_reading.machine import resident_megabytes
from workshop.bench_reading.sample import as_posts, edit_texts

STEPS = 20
WARM_UP_SHARE = 0.2
"""Share of the run before memory is measured: buffers for every text length are allocated first."""


def measure_memory(annotator: Annotator, texts: Sequence[str], count: int) -> Iterator[tuple[int, float]]:
    """Annotate `count` posts; yield posts done and megabytes held, twenty times."""
    waiting = edit_texts(texts, count)
    done, step = 0, max(count // STEPS, 1)
    while window := list(islice(waiting, WINDOW)):
        annotator.inference.memory.clear()
        annotator.annotate(as_posts(window))
        if done // step != (done + len(window)) // step:
            yield done + len(window), resident_megabytes()
        done += len(window)


def memory_growth(points: Sequence[tuple[int, float]]) -> float:
    """Return the megabytes gained per 100,000 posts, by linear regression after warm-up.

    >>> round(memory_growth([(100_000, 50.0), (200_000, 51.0), (300_000, 52.0)]), 3)
    1.0
    """
    kept = [point for point in points if point[0] >= WARM_UP_SHARE * points[-1][0]]
    if len(kept) < 2:
        return float("nan")
    posts, held = np.array(kept, np.float64).T
    return float(np.polyfit(posts, held, 1)[0]) * 100_000
