"""Measure one round of the speed contract in this process."""

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from collectors import archive
from core.config.city import load_city
from core.config.plugins import ROOT
from core.config.protocols import load_collector
from core.config.settings import Settings
from ledger.database import open_ledger
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.steps.classify import classify
from pipeline.steps.collect import collect
from pipeline.steps.index import index
from pipeline.steps.triage import triage
from search.connection.engine import stop_embedded
from workshop.bench.contract import BATCH, BATCHES, SALT, STEPS, sample_lines
from workshop.bench.reference import cpu_seconds, references

TURNS = 3
"""Times that each reference loop runs beside a batch."""


def measure(folder: Path) -> dict[str, Any]:
    """Return CPU seconds by batch, and bytes a post."""
    spent: defaultdict[str, list[float]] = defaultdict(list)
    loops: defaultdict[str, list[float]] = defaultdict(list)
    measured, home = references(), folder / "home"
    open_ledger(Settings(home=home).ledger, SALT).close()
    empty = _size(home)
    for name, step in _steps_of_each_batch(folder):
        spent[name].append(cpu_seconds(step))
        for loop, run in measured.items():
            loops[loop] += [run() for _ in range(TURNS)]
    return {
        "steps": {name: seconds[1:] for name, seconds in spent.items()},
        "references": loops,
        "ledger_bytes": (_size(home) - empty) / (BATCHES * BATCH),
    }


def count_calls(folder: Path) -> dict[str, float]:
    """Return the calls of functions a post, by step, in every thread."""
    calls: Counter[str] = Counter()
    seen = count()

    def see(_: FrameType, event: str, __: object) -> None:
        if event in ("call", "c_call"):
            next(seen)

    threading.setprofile(see)  # the embedded engine answers in other threads
    try:
        for number, (name, step) in enumerate(_steps_of_each_batch(folder)):
            before = next(seen)
            sys.setprofile(see)
            try:
                step()
            finally:
                sys.setprofile(None)
            if number >= len(STEPS):  # the first batch loads what every later one uses
                calls[name] += next(seen) - before
    finally:
        threading.setprofile(None)
    return {name: made / ((BATCHES - 1) * BATCH) for name, made in calls.items()}


def _steps_of_each_batch(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each step, ready to run, for one batch after the other."""
    city, settings, lines = load_city(ROOT / "cities" / "madrid.toml"), Settings(home=folder / "home"), sample_lines()
    file = folder / "posts.jsonl"
    ledger = open_ledger(settings.ledger, SALT)
    source = Source("archive", load_collector("archive", "bench"), archive.Options(files=(str(file),)), None, [])
    context = Context(city, settings, SALT, ledger, {"archive": source}, city.path)
    try:
        for number in range(BATCHES):
            with file.open("a", encoding="utf-8") as out:
                out.writelines(lines[number * BATCH : (number + 1) * BATCH])
            for name, step in {"collect": collect, "read": classify, "triage": triage, "index": index}.items():
                yield name, partial(step, context)
    finally:
        stop_embedded(settings)
        ledger.close()


def _size(home: Path) -> int:
    """Return the bytes of the ledger, which is closed."""
    return sum(file.stat().st_size for file in home.glob("ledger.sqlite*"))
