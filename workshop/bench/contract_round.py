"""Measure one round of the speed contract in this process."""

from collections import defaultdict
from functools import partial
from pathlib import Path
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
from workshop.bench.contract import BATCH, BATCHES, SALT, sample_lines
from workshop.bench.reference import cpu_seconds, references

TURNS = 3
"""Times that each reference loop runs beside a batch."""


def measure(folder: Path) -> dict[str, Any]:
    """Return CPU seconds by batch, and bytes a post."""
    city, settings, lines = load_city(ROOT / "cities" / "madrid.toml"), Settings(home=folder / "home"), sample_lines()
    file = folder / "posts.jsonl"
    open_ledger(settings.ledger, SALT).close()
    empty = _size(settings.home)
    ledger = open_ledger(settings.ledger, SALT)
    source = Source("archive", load_collector("archive", "bench"), archive.Options(files=(str(file),)), None, [])
    context = Context(city, settings, SALT, ledger, {"archive": source}, city.path)
    steps = {"collect": collect, "read": classify, "triage": triage, "index": index}
    spent: defaultdict[str, list[float]] = defaultdict(list)
    loops: defaultdict[str, list[float]] = defaultdict(list)
    measured = references()
    try:
        for number in range(BATCHES):
            with file.open("a", encoding="utf-8") as out:
                out.writelines(lines[number * BATCH : (number + 1) * BATCH])
            for name, step in steps.items():
                seconds = cpu_seconds(partial(step, context))
                if number:
                    spent[name].append(seconds)
                for loop, run in measured.items():
                    loops[loop] += [run() for _ in range(TURNS)]
    finally:
        stop_embedded(settings)
        ledger.close()
    return {"steps": spent, "references": loops, "ledger_bytes": (_size(settings.home) - empty) / (BATCHES * BATCH)}


def _size(home: Path) -> int:
    """Return the bytes of the ledger, which is closed."""
    return sum(file.stat().st_size for file in home.glob("ledger.sqlite*"))
