"""Readers in processes of their own that share the posts, as mapped tasks of Airflow do: the other way to use more cores."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from core.config.city import City
from nlp.annotator import Annotator
from nlp.bench.sample import as_posts

_reader: list[Annotator] = []
"""The reader of this process."""


class SideBySide:
    """So many readers, one thread each. They are started by the first posts."""

    def __init__(self, city: City, count: int) -> None:
        self.count = count
        self.pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=partial(_start, city))

    def read(self, texts: Sequence[str]) -> list[str]:
        """The lines of JSON of all posts; each reader gets every second one, or third and so on."""
        parts = self.pool.map(_read, [list(texts[at :: self.count]) for at in range(self.count)])
        return [line for part in parts for line in part]


def _start(city: City) -> None:
    _reader.append(Annotator(city, threads=1))


def _read(texts: list[str]) -> list[str]:
    return read_whole(_reader[0], texts)


def read_whole(annotator: Annotator, texts: Sequence[str]) -> list[str]:
    """Every question of the profile, to the line of JSON that comes out; with an empty memory."""
    annotator.one_pass.memory.clear()
    return [reading.model_dump_json(exclude={"embedding"}) for reading in annotator.annotate(as_posts(texts))]
