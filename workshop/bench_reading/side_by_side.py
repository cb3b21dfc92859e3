"""Run annotators in parallel processes, as mapped tasks of Airflow do."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from core.config.city import City
from nlp.annotator import Annotator
from workshop.bench_reading.sample import as_posts

_annotator: list[Annotator] = []
"""Annotator of this process."""


class ParallelAnnotators:
    """Share posts among single-threaded processes, started by the first posts."""

    def __init__(self, city: City, count: int) -> None:
        self.count = count
        self.pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=partial(_start, city))

    def read(self, texts: Sequence[str]) -> list[str]:
        """Annotate all posts as lines of JSON, dealt out in turn."""
        parts = self.pool.map(_annotate, [list(texts[at :: self.count]) for at in range(self.count)])
        return [line for part in parts for line in part]


def _start(city: City) -> None:
    _annotator.append(Annotator(city, threads=1))


def _annotate(texts: list[str]) -> list[str]:
    return annotate_uncached(_annotator[0], texts)


def annotate_uncached(annotator: Annotator, texts: Sequence[str]) -> list[str]:
    """Annotate posts with every question of the profile, with an empty cache."""
    annotator.inference.memory.clear()
    return [annotation.model_dump_json(exclude={"embedding"}) for annotation in annotator.annotate(as_posts(texts))]
