"""Measure ingestion on one core: throughput, memory, time per step.

`make bench-collect`. The posts are the real texts of the sample in the format of X, in pages of 100; no network request is made. Posts are
parsed, pseudonymised and stored in SQLite. Time is CPU time, so that other work on the machine does not count.
"""

import argparse
import gzip
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from collectors import x
from collectors.parsing import envelopes
from collectors.x.client import id_at
from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.config.protocols import load_collector
from core.config.settings import Settings
from core.privacy.in_city import redact_in_city
from core.privacy.pseudonyms import encrypt_origin, post_id, pseudonym
from core.records.post import Post, Raw
from ledger import reconciliation
from ledger.database import open_ledger
from ledger.ingest import cursors, store
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.steps.collect import admit

POSTS, PAGE = 30_000, 100
TARGET = 3_000
"""Target in posts per second on one core."""
SALT = b"a salt for measuring, 32 bytes.."
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"


def main() -> int:
    """Print one result per line; return 1 if slower than the target."""
    argparse.ArgumentParser(prog="python -m workshop.bench.collect", description=__doc__).parse_args()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    city = load_city(ROOT / "cities" / "madrid.toml")
    now = datetime.now(UTC)
    print_line(f"machine: {os.cpu_count()} cores, one used; load before the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        spent, memory = _collect(city, Path(folder), now)
    seconds = sum(spent.values())
    speed = POSTS / seconds
    print_line(f"parsed, pseudonymised and stored: {speed:,.0f} posts/s (at least {TARGET:,}{'' if speed >= TARGET else ': MISSED'})")
    for part, part_seconds in spent.most_common():
        print_line(f"  {part}: {part_seconds / seconds:.0%}, {part_seconds / POSTS * 1e6:.0f} µs per post")
    _measure_pseudonymisation(city, now)
    print_line(f"memory: {' '.join(f'{mb:.0f}' for mb in memory)} MB after each tenth")
    return 0 if speed >= TARGET else 1


def _collect(city: City, home: Path, now: datetime) -> tuple[Counter[str], list[float]]:
    """Send all pages through the pipeline, measured.

    Returns seconds by step, and megabytes after each tenth.
    """
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    source = Source("x", load_collector("x", "bench"), x.Options(), None, [])
    context = Context(city, settings, SALT, ledger, {"x": source}, city.path)
    spent: Counter[str] = Counter()
    memory = []
    run_id = cursors.begin_run(ledger, "x", now)
    for number, items in enumerate(_pages(now), start=1):
        with _timed(spent, "parse"):
            parsed = [x.parse(record) for record in envelopes(items, f"page {number}", now)]
        with _timed(spent, "pseudonymise"):
            admitted = [admit(context, raw) for raw in parsed if isinstance(raw, Raw)]
        posts = [post for post in admitted if isinstance(post, Post)]
        with _timed(spent, "store"):
            store.store_page(ledger, run_id, "x", posts, [], {"page": number}, None, now)
        if number * PAGE % (POSTS // 10) == 0:
            memory.append(_memory_mb())
    wrong = [line for line in reconciliation.balance_sheet(ledger, None) if line.ok is False]
    ledger.close()
    if wrong:
        raise SystemExit(f"reconciliation failed: {wrong}")
    return spent, memory


def _measure_pseudonymisation(city: City, now: datetime) -> None:
    """Measure the parts of pseudonymisation."""
    texts = [item["text"] for page in islice(_pages(now), 20) for item in page]
    spent: Counter[str] = Counter()
    with _timed(spent, "redact the text"):
        for text in texts:
            redact_in_city(text, city)
    with _timed(spent, "encrypt id and link"):
        for n in range(len(texts)):
            encrypt_origin(SALT, str(n), f"https://x.com/i/status/{n}")
    with _timed(spent, "hash id, author and conversation"):
        for n in range(len(texts)):
            post_id(SALT, "x", str(n))
            pseudonym(SALT, "x", str(n))
            post_id(SALT, "x", str(n + 1))
    for part, seconds in spent.most_common():
        print_line(f"    of pseudonymisation: {part}: {seconds / len(texts) * 1e6:.0f} µs per post")


def _pages(now: datetime) -> Iterator[list[dict[str, Any]]]:
    """Yield pages in the format of X, oldest first."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"][:1000] for line in lines]
    repeated = islice(cycle(texts), POSTS)
    page = []
    for number, text in enumerate(repeated, start=1):
        at = now - timedelta(seconds=POSTS - number)
        native_id = str(id_at(at) + number)
        page.append(
            {
                "id": native_id,
                "edit_history_tweet_ids": [native_id],
                "text": text,
                "created_at": at.isoformat(),
                "author_id": str(number % 5000),
                "conversation_id": native_id,
                "lang": "es",
            }
        )
        if len(page) == PAGE:
            yield page
            page = []


@contextmanager
def _timed(spent: Counter[str], part: str) -> Iterator[None]:
    began = time.process_time()
    yield
    spent[part] += time.process_time() - began  # type: ignore[assignment]  # a Counter may hold floats


def _memory_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def print_line(text: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
