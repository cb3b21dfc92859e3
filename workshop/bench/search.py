"""Measure the desk's ten queries on a search engine.

`make bench-search [POSTS=20000] [ROUNDS=21] [KEEP=1]`: on the embedded engine, or on the one that ESCUCHA_BENCH_ENGINE names, which must
be empty: its Escucha indices are dropped, unless KEEP=1 asks for those that an earlier run with as many posts wrote. Posts are pieces of
real ones (samples/decide_madrid.jsonl.gz) over 180 days. Prints the 50th and 95th percentile of wall-clock time, which includes waiting for
other work on the machine, and the memory of the embedded engine.
"""

import argparse
import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from core.config.plugins import ROOT
from core.config.settings import Settings
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from core.records.read_models import PostRecord
from nlp.inference.runtime_info import processor
from search import queries
from search.connection.engine import Engine, connect, embedded_running, stop_embedded
from search.index import switch, vectors, writer

ENGINE = "ESCUCHA_BENCH_ENGINE"
BATCH = 500
END = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = 180
DISTRICTS = ("Centro", "Arganzuela", "Retiro", "Salamanca", "Chamartín", "Tetuán", "Usera", "Latina", "Carabanchel", "Vicálvaro")
SOURCES = ("x", "bluesky", "feeds", "decide")
FACETS = ("topic", "intent", "sentiment", "source", "district", "language")


def main() -> int:
    """Fill the engine and print one line for each query."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=21, help="how often each query is sent")
    parser.add_argument("--keep", action="store_true", help="ask the posts that an earlier run has written")
    options = parser.parse_args()
    model, flags = processor()
    print_line(f"processor: {model} ({' '.join(flags) or 'flags unknown'}), {os.cpu_count()} cores")
    print_line(f"load before the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), elasticsearch_url=os.environ.get(ENGINE, ""))
        try:
            engine = connect(settings)
            embeddings = _kept(engine, options.posts) if options.keep else _filled(engine, settings, options.posts)
            _measure(engine, embeddings, options.rounds)
        finally:
            stop_embedded(settings)
    return 0


def _filled(engine: Engine, settings: Settings, posts: int) -> dict[str, bytes]:
    """Write the posts and print the time; return the last embeddings."""
    writer.drop_all(engine)
    switch.install(engine)
    began, cpu = time.perf_counter(), time.process_time()
    embeddings = _fill(engine, posts)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    ours = f"{cpu / posts * 1e6:.0f} us CPU of ours a post"
    print_line(f"{_name(engine)}: {posts:,} posts written in {wall:.0f} s, {ours}{_memory(settings)}")
    return embeddings


def _kept(engine: Engine, posts: int) -> dict[str, bytes]:
    """Return random embeddings for some of the posts that are there.

    Raises:
        SystemExit: the engine holds another number of posts.
    """
    found = queries.search_posts(engine, "", {}, order="newest", limit=1).total
    if found != posts:
        raise SystemExit(f"the engine holds {found:,} posts, not {posts:,}: run again without --keep to write them")
    print_line(f"{_name(engine)}: {posts:,} posts of an earlier run")
    last = range(max(0, posts - BATCH), posts)
    return _embeddings(engine, [f"{n:032x}" for n in last], np.random.default_rng(1))


def _embeddings(engine: Engine, names: list[str], dice: np.random.Generator) -> dict[str, bytes]:
    """Return random embeddings; none where the engine keeps no vectors."""
    if vectors.mapping(engine.flavour) is None:
        return {}
    numbers = dice.standard_normal((len(names), vectors.DIMENSIONS)).astype("<f2")
    return {name: numbers[n].tobytes() for n, name in enumerate(names)}


def _name(engine: Engine) -> str:
    return f"{engine.flavour} {engine.version}"


def _measure(engine: Engine, embeddings: dict[str, bytes], rounds: int) -> None:
    dice = random.Random(2)  # noqa: S311  made-up data
    for name, ask in _desk_queries(engine, embeddings):
        times = []
        for _ in range(rounds):
            since = END - timedelta(days=DAYS, seconds=dice.randrange(10_000))  # another question each time: no cached answer
            start = time.perf_counter()
            ask(since)
            times.append(time.perf_counter() - start)
        times.sort()
        print_line(f"  {name}: p50 {_at(times, 0.5):.0f} ms, p95 {_at(times, 0.95):.0f} ms")


def _at(times: list[float], share: float) -> float:
    return 1000 * times[ceil(share * len(times)) - 1]


def _fill(engine: Engine, count: int) -> dict[str, bytes]:
    """Write the posts; return the embeddings of those written last."""
    dice, batch = np.random.default_rng(1), list[PostRecord]()
    embeddings: dict[str, bytes] = {}
    for record in _posts(count):
        batch.append(record)
        if len(batch) == BATCH or record.post_id == f"{count - 1:032x}":
            embeddings = _embeddings(engine, [one.post_id for one in batch], dice)
            written = writer.write(engine, batch, [], vectors=embeddings)
            if len(written.ok) != len(batch):
                raise SystemExit(f"the engine did not take every post: {written.why or written.refused}")
            batch = []
    writer.refresh(engine)
    return embeddings


def _posts(count: int) -> Iterator[PostRecord]:
    dice = random.Random(1)  # noqa: S311  made-up data
    with gzip.open(ROOT / "samples" / "decide_madrid.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    for n in range(count):
        text = dice.choice(texts)
        start = dice.randrange(max(1, len(text) - 200))
        created = END - timedelta(seconds=dice.randrange(DAYS * 86_400))
        fields: dict[str, Any] = dict.fromkeys(PostRecord.model_fields)
        fields |= {
            "post_id": f"{n:032x}",
            "source": dice.choice(SOURCES),
            "kind": "post",
            "own": False,
            "replay": False,
            "author": f"a{n % 5000}",
            "text": text[start : start + dice.randrange(90, 280)],
            "created_at": created,
            "received_at": created,
            "language": "es",
            "sentiment": dice.choice(SENTIMENTS),
            "intent": dice.choice(INTENTS),
            "topic": dice.choice(TOPICS),
            "actionable": dice.random() < 0.3,
            "relevance": True,
            "spam": False,
            "delay_hours": 0.0,
            "confirmed": (),
            "changed": (),
            "district": dice.choice(DISTRICTS),
            "corrected": (),
            "places": (),
            "decision": "no_case",
            "reason": "",
            "month": created.strftime("%Y.%m"),
            "version": 1,
        }
        yield PostRecord(**fields)


def _desk_queries(engine: Engine, embeddings: dict[str, bytes]) -> Iterator[tuple[str, Callable[[datetime], object]]]:
    """Yield what the desk's list of messages asks."""

    def posts(words: str, filters: dict[str, Any] | None = None, **more: Any) -> Callable[[datetime], object]:
        return lambda since: queries.search_posts(engine, words, filters or {}, since=since, **more)

    yield "a word, best 50", posts("basura")
    yield "three words, best 50", posts("contenedores de la calle llenos")
    yield "a phrase", posts('"carril bici"')
    yield "a word with two filters", posts("ruido", {"topic": "noise", "district": "Usera"})
    yield "either of two, without a third", posts("árboles OR parque -perros")
    yield "a beginning", posts("apar*")
    yield "newest 50, no words", posts("", order="newest")
    yield ("a word, newest 50, with six facets", posts("limpieza", order="newest", facets=FACETS))
    yield "no words, six facets, two chosen", posts("", {"topic": "noise", "source": ["x", "feeds"]}, facets=FACETS)
    yield ("a page deep in the list", posts("", order="newest", after=json.dumps([int(END.timestamp() * 1000) - DAYS * 43_200_000, ""])))
    if embeddings:
        source = _Source(embeddings)
        names = list(embeddings)

        def similar(since: datetime) -> object:
            return queries.similar_posts(engine, names[since.second % len(names)], 20, source)

        yield "20 posts like one post", similar


class _Source:
    """Give the embeddings of the posts written last."""

    def __init__(self, embeddings: dict[str, bytes]) -> None:
        self._embeddings = embeddings

    def embedding(self, post_id: str) -> bytes | None:
        return self._embeddings.get(post_id)

    def nearest(self, vector: bytes, k: int) -> list[tuple[str, float]]:
        raise SystemExit(f"this engine has vectors: it is asked itself for {k} neighbours of {len(vector)} bytes")


def _memory(settings: Settings) -> str:
    known = embedded_running(settings)
    return f", {psutil.Process(known.engine_pid).memory_info().rss / 1e6:,.0f} MB of memory" if known and known.engine_pid else ""


def print_line(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
