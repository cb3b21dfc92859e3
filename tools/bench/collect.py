"""Measures how fast posts come in on one core: parsed, hidden and stored in SQLite; how much memory that takes, and where time goes.

`make bench-collect`. The posts are the sample's real texts in the shape X gives them, in pages of 100; nothing is asked of any
network. Time is that of the processor, so that other work on the machine does not count.
"""

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
from core.post import Post, Raw
from core.privacy.pseudonyms import post_id, pseudonym, seal_origin
from core.privacy.redaction.text import redact
from ledger import reconciliation
from ledger.database import open_ledger
from ledger.ingest import store
from pipeline.collect import admit
from pipeline.context import Context, Source

POSTS, PAGE = 30_000, 100
PROMISED = 3_000
"""Posts a second on one core."""
SALT = b"a salt for measuring, 32 bytes.."
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"


def main() -> int:
    """Measure and print one figure a line; 1 when it is slower than promised."""
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    city = load_city(ROOT / "cities" / "madrid.toml")
    now = datetime.now(UTC)
    say(f"machine: {os.cpu_count()} cores, one used; load before the start {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        spent, memory = _collect(city, Path(folder), now)
    seconds = sum(spent.values())
    speed = POSTS / seconds
    say(
        f"parsed, hidden and stored: {speed:,.0f} posts/s (at least {PROMISED:,}{'' if speed >= PROMISED else ': MISSED'})"
    )
    for part, part_seconds in spent.most_common():
        say(f"  {part}: {part_seconds / seconds:.0%}, {part_seconds / POSTS * 1e6:.0f} µs a post")
    _hiding(city, now)
    say(f"memory: {' '.join(f'{mb:.0f}' for mb in memory)} MB after each tenth")
    return 0 if speed >= PROMISED else 1


def _collect(city: City, home: Path, now: datetime) -> tuple[Counter[str], list[float]]:
    """All pages through the pipeline's own door; the time of each part and the memory after each tenth."""
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    source = Source("x", load_collector("x", "bench"), x.Options(), None, [])
    context = Context(city, settings, SALT, ledger, {"x": source}, city.path)
    spent: Counter[str] = Counter()
    memory = []
    run_id = store.begin_run(ledger, "x", now)
    for number, items in enumerate(_pages(now), start=1):
        with _timed(spent, "parse"):
            parsed = [x.parse(record) for record in envelopes(items, f"page {number}", now)]
        with _timed(spent, "hide"):
            admitted = [admit(context, raw) for raw in parsed if isinstance(raw, Raw)]
        posts = [post for post in admitted if isinstance(post, Post)]
        with _timed(spent, "store"):
            store.store_page(ledger, run_id, "x", posts, [], {"page": number}, None, now)
        if number * PAGE % (POSTS // 10) == 0:
            memory.append(_memory_mb())
    wrong = [line for line in reconciliation.balance_sheet(ledger, None) if line.ok is False]
    ledger.close()
    if wrong:
        raise SystemExit(f"the books do not balance: {wrong}")
    return spent, memory


def _hiding(city: City, now: datetime) -> None:
    """What hiding is made of."""
    texts = [item["text"] for page in islice(_pages(now), 20) for item in page]
    spent: Counter[str] = Counter()
    with _timed(spent, "redact the text"):
        for text in texts:
            redact(text, keep=city.handles, names=())
    with _timed(spent, "encrypt id and link"):
        for n in range(len(texts)):
            seal_origin(SALT, str(n), f"https://x.com/i/status/{n}")
    with _timed(spent, "hash id, author and conversation"):
        for n in range(len(texts)):
            post_id(SALT, "x", str(n))
            pseudonym(SALT, "x", str(n))
            post_id(SALT, "x", str(n + 1))
    for part, seconds in spent.most_common():
        say(f"    of hiding: {part}: {seconds / len(texts) * 1e6:.0f} µs a post")


def _pages(now: datetime) -> Iterator[list[dict[str, Any]]]:
    """Pages as X gives them, oldest first."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"][:1000] for line in lines]
    said = islice(cycle(texts), POSTS)
    page = []
    for number, text in enumerate(said, start=1):
        at = now - timedelta(seconds=POSTS - number)
        native_id = str(id_at(at) + number)
        page.append({
            "id": native_id, "edit_history_tweet_ids": [native_id], "text": text, "created_at": at.isoformat(),
            "author_id": str(number % 5000), "conversation_id": native_id, "lang": "es",
        })  # fmt: skip
        if len(page) == PAGE:
            yield page
            page = []


@contextmanager
def _timed(spent: Counter[str], part: str) -> Iterator[None]:
    began = time.process_time()
    yield
    spent[part] += time.process_time() - began  # type: ignore[assignment]  # seconds are counted like anything else


def _memory_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


def say(text: str) -> None:
    """One figure a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
