"""Measure time and size of the desk's pages in a large city.

`make bench-desk [POSTS=200000] [ROUNDS=21] [KEEP=DIR] [ON=PostgreSQL] [PAGES=search]`: on SQLite, and on PostgreSQL where
ESCUCHA_TEST_POSTGRES names a server (its database is emptied, unless KEEP is given and it has posts). Every page is requested through the
desk's own application, without a search engine unless ESCUCHA_BENCH_ENGINE names a filled one: pages then do what they do while it is down.
All cases but the newest are closed first, as in a city that answers. Prints the 50th and 95th percentile of wall-clock time, which includes
waiting for other work on the machine, of CPU time of this process (without the database server), and the page's size. KEEP keeps the filled
ledgers for the next run; ON measures one database only, and PAGES the pages whose name contains it.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from core.config.city import load_city
from core.config.settings import Settings
from ledger import read
from ledger.database import open_ledger
from ledger.retention.post_days import compact_post_days
from nlp.inference.runtime_info import processor
from pipeline import casework
from pipeline.context import Context
from tests.support import ledger_facts
from tests.support.desk_client import browser, logged_in, people
from tests.support.seeded import MADRID
from workshop.bench.cases import LEDGER_URL, percentile, print_line
from workshop.bench.city_ledger import fill
from workshop.bench.search import ENGINE

LIMIT_MS, LIMIT_KB = 300, 300
OPEN_CASES = 700
PAGES = (
    ("today", "/"),
    ("today, 30 days", "/?period=30d"),
    ("today, all posts", "/?period=all"),
    ("today, one service", "/?topic=noise"),
    ("posts", "/posts"),
    ("posts, all", "/posts?period=all"),
    ("posts, all, one service and district", "/posts?period=all&topic=noise&district=Usera"),
    ("posts, all, few", "/posts?period=all&topic=noise&district=Usera&source=x&intent=news&language=pt"),
    ("posts, spam", "/posts?period=all&of=spam"),
    ("posts, oldest first", "/posts?period=all&sort=oldest"),
    ("cases", "/cases"),
    ("cases, closed too", "/cases?all=1"),
    ("cases, all, newest", "/cases?all=1&sort=newest&topic=noise"),
    ("review", "/review"),
    ("map", "/map"),
    ("map, barrios, all posts", "/map?by=barrio&show=change&period=all"),
    ("dashboard", "/dashboards/now"),
    ("sources", "/sources"),
    ("search", "/search?q=contenedores"),
    ("posts with a word", "/posts?q=contenedores"),
    ("progress (polled)", "/progress"),
    ("a post", "/posts/{post}"),
    ("a case", "/cases/{case}"),
    ("a case, the largest", "/cases/{largest}"),
    ("cases, board", "/cases?layout=board"),
    ("cases, map", "/cases?layout=map"),
    ("which service", "/cases?service=asked"),
    ("answers", "/answers"),
    ("known answers", "/answers/known"),
    ("a service", "/profiles/service/noise"),
    ("a district", "/profiles/district/Usera"),
    ("events", "/events"),
    ("own check", "/gold"),
    ("forecast", "/forecast"),
    ("warnings", "/warnings"),
    ("reports", "/reports"),
    ("subscriptions", "/subscriptions"),
    ("saved views", "/views"),
    ("settings", "/settings"),
    ("audit", "/audit"),
)


def main() -> int:
    """Print one line for each page on each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=21, help="how often each page is opened")
    parser.add_argument("--keep", type=Path, help="folder of the filled SQLite ledger, for the next run; PostgreSQL is not emptied")
    parser.add_argument("--on", choices=("SQLite", "PostgreSQL"), help="measure this database only")
    parser.add_argument("--pages", default="", help="measure the pages whose name contains this")
    options = parser.parse_args()
    model, flags = processor()
    print_line(f"processor: {model} ({' '.join(flags) or 'flags unknown'}), {os.cpu_count()} cores")
    for name, url in (("SQLite", None), ("PostgreSQL", os.environ.get(LEDGER_URL))):
        if options.on not in (None, name):
            continue
        if name == "PostgreSQL" and not url:
            print_line(f"PostgreSQL: not measured, {LEDGER_URL} is not set")
            continue
        with _context(url, options.keep) as context:
            began = time.perf_counter()
            if not read.count_posts(context.ledger):
                _fill(context, options.posts)
            counted = read.count_posts(context.ledger)
            took = f"filled in {time.perf_counter() - began:.0f} s; load {os.getloadavg()[0]:.1f}"
            print_line(f"{name}, {counted:,} posts, {read.count_cases(context.ledger):,} cases; {took}")
            _measure(context, options.rounds, options.pages)
    return 0


@contextmanager
def _context(url: str | None, keep: Path | None) -> Iterator[Context]:
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        home = keep or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        settings = Settings(home=home, elasticsearch_url=os.environ.get(ENGINE, ""))
        ledger = open_ledger(settings.ledger if not url else url if keep else ledger_facts.emptied(url), ledger_facts.SALT)
        city = load_city(MADRID)
        yield Context(city=city, settings=settings, salt=ledger_facts.SALT, ledger=ledger, sources={}, city_path=MADRID)
        ledger.close()


def _fill(context: Context, posts: int) -> None:
    """Fill the ledger; resolve all cases but the newest."""
    now = datetime.now(UTC).replace(microsecond=0)
    fill(context.ledger, posts, now - timedelta(minutes=1))
    people(context)
    keys = [one.case_key for one in read.case_records(context.ledger, order="newest")]
    for key in keys[OPEN_CASES:]:
        casework.resolve(context, key, "ben", "bench")
    compact_post_days(context.ledger)  # as every night


def _measure(context: Context, rounds: int, wanted: str) -> None:
    desk, examples = logged_in(context, "eva", browser(context)), _examples(context)
    for what, page in PAGES:
        if wanted not in what:
            continue
        address = page.format(**examples)
        size = len(_open(desk, address))
        times = [_timed(desk, address) for _ in range(rounds)]
        wall, cpu = (sorted(1000 * one[at] for one in times) for at in (0, 1))
        over = " OVER" if percentile(wall, 0.95) > LIMIT_MS or size > LIMIT_KB * 1000 else ""
        print_line(
            f"  {what}: wall p50 {percentile(wall, 0.5):.0f} ms, p95 {percentile(wall, 0.95):.0f} ms; "
            f"CPU p50 {percentile(cpu, 0.5):.0f} ms, p95 {percentile(cpu, 0.95):.0f} ms; {size / 1000:.0f} KB{over}"
        )


def _examples(context: Context) -> dict[str, str]:
    """Return ids of a post, its open case and the largest case."""
    newest, largest = (next(read.case_records(context.ledger, order=order)) for order in ("newest", "posts"))
    posts = read.message_ids(context.ledger, of="all", limit=1, case_key=newest.case_key)
    return {"post": posts[0], "case": newest.case_key, "largest": largest.case_key}


def _open(desk: TestClient, address: str) -> bytes:
    answer = desk.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    return answer.content


def _timed(desk: TestClient, address: str) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    _open(desk, address)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    sys.exit(main())
