"""Measure opening, listing and merging cases of thousands of posts.

`make bench-cases [POSTS=5000] [ROUNDS=21]`: on SQLite, and on PostgreSQL where ESCUCHA_TEST_POSTGRES names a server (its database is
emptied). Each page is requested through the desk's own application. Prints the 50th and 95th percentile of wall-clock time, of the same
without the time that the work was ready and waited for a core (what a machine without other work would take; Linux counts it), and of CPU
time. A database server on this machine is counted too.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from starlette.testclient import TestClient

from core.config.city import load_city
from core.config.settings import Settings
from core.records.decision import Decision
from core.records.post import Post
from ledger import leases, read
from ledger.database import open_ledger
from ledger.database.writing import engine_of
from ledger.processing import decisions
from nlp.inference.runtime_info import processor
from pipeline.casework import grouping
from pipeline.context import Context
from tests.support import ledger_facts
from tests.support.desk_client import browser, logged_in, people
from tests.support.seeded import MADRID

MERGED = 100
"""Posts of the small case that is merged with the large one."""
LEDGER_URL = "ESCUCHA_TEST_POSTGRES"
LOOPBACK = ("127.0.0.1", "localhost")
Times = list[tuple[float, float, float]]
"""Seconds of each round: wall-clock time, the same without waiting for a core, CPU time."""


def main() -> int:
    """Print one line for each page and action on each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=5_000, help="posts of the large case")
    parser.add_argument("--rounds", type=int, default=21, help="how often each page is opened; merges: a third of it")
    options = parser.parse_args()
    model, flags = processor()
    print_line(f"processor: {model} ({' '.join(flags) or 'flags unknown'}), {os.cpu_count()} cores")
    for name, url in (("SQLite", None), ("PostgreSQL", os.environ.get(LEDGER_URL))):
        if name == "PostgreSQL" and not url:
            print_line(f"PostgreSQL: not measured, {LEDGER_URL} is not set")
            continue
        with _context(url) as context:
            _fill(context, options.posts)
            print_line(f"{name}, a case of {options.posts:,} posts; load before the start {os.getloadavg()[0]:.1f}")
            for what, times in _measured(context, options.rounds):
                print_line(f"  {what}: {_describe(times)}")
    return 0


@contextmanager
def _context(url: str | None) -> Iterator[Context]:
    with tempfile.TemporaryDirectory(prefix="escucha-bench-") as folder:
        settings = Settings(home=Path(folder))
        ledger = open_ledger(ledger_facts.emptied(url) if url else settings.ledger, ledger_facts.SALT)
        city = load_city(MADRID)
        yield Context(city=city, settings=settings, salt=ledger_facts.SALT, ledger=ledger, sources={}, city_path=MADRID)
        ledger.close()


def _fill(context: Context, count: int) -> None:
    """Store a large case, a small one, and a page of others."""
    posts = [_post(n) for n in range(count + MERGED + 60)]
    ledger_facts.arrive(context.ledger, posts)
    ledger_facts.read_all(context.ledger)
    groups = {"large": posts[:count], "small": posts[count : count + MERGED]}
    groups |= {f"single-{n}": [one] for n, one in enumerate(posts[count + MERGED :])}
    assert leases.hold(context.ledger, "triage", "bench", ledger_facts.NOW, ledger_facts.LEASE)  # noqa: S101
    decisions.untriaged(context.ledger, len(posts))
    for name, some in groups.items():
        decisions.store_decisions(context.ledger, "bench", _into_one(some, name), ledger_facts.NOW)
    leases.release(context.ledger, "triage", "bench")


def _post(n: int) -> Post:
    at = ledger_facts.NOW - timedelta(minutes=n)
    return ledger_facts.post(1 + n % 700, post_id=f"{n:032x}", author=f"{n % 4000:032x}", created_at=at, received_at=at)


def _into_one(posts: Sequence[Post], name: str) -> list[Decision]:
    """Make the decisions that put posts into one case."""
    ids = tuple(one.post_id for one in posts)
    [first] = ledger_facts.into_case(posts[0])
    assert first.incident is not None and first.case is not None  # noqa: S101, PT018
    incident = first.incident.model_copy(update={"post_ids": ids, "key": f"I-{name}"})
    case = first.case.model_copy(update={"key": f"C-{name}", "incident_key": f"I-{name}", "post_ids": ids})
    new = {"incident": incident, "case": case}
    return [first.model_copy(update={**new, "post_id": one, "opens": one == ids[0]}) for one in ids]


def _measured(context: Context, rounds: int) -> Iterator[tuple[str, Times]]:
    people(context)
    grouping.warm_up(context)  # as the desk does when it starts
    client = browser(context)
    # one thread for all requests: that of a single request would end with it, and its waiting could not be read
    with start_blocking_portal(**client.async_backend) as client.portal:
        yield from _pages(context, logged_in(context, "ben", client), rounds)
    yield from _merges(context, rounds)


def _pages(context: Context, desk: TestClient, rounds: int) -> Iterator[tuple[str, Times]]:
    last = -(-read.count_posts(context.ledger, case_key="C-large") // 50)
    for what, address in (
        ("open the case", "/cases/C-large"),
        ("its last page of posts", f"/cases/C-large?page={last}"),
        ("list cases", "/cases"),
    ):
        _open(desk, address)  # compiles the template
        yield what, _times(context, lambda address=address: _open(desk, address), rounds)  # type: ignore[misc]


def _merges(context: Context, rounds: int) -> Iterator[tuple[str, Times]]:
    merges, undos = max(3, rounds // 3), {"C-small": "C-large", "C-large": "C-small"}
    for case_key, into in undos.items():
        times: Times = []
        for _ in range(merges):
            times += _times(context, lambda a=case_key, b=into: grouping.merge(context, a, b, "ben", "bench"), 1)  # type: ignore[misc]
            _undo_merge(context, into)
        what = f"merge {MERGED} posts into the case" if into == "C-large" else f"merge the case into one of {MERGED} posts"
        yield what, times


def _open(desk: TestClient, address: str) -> None:
    answer = desk.get(address)
    assert answer.status_code == 200, answer.text  # noqa: S101


def _undo_merge(context: Context, case_key: str) -> None:
    work = read.case_work(context.ledger, case_key)
    assert work is not None  # noqa: S101
    change = next(one for one in reversed(work.changes) if one.what == "merge" and not one.undone)
    grouping.undo(context, change.id, "ben", "bench")


def _times(context: Context, action: Callable[[], None], rounds: int) -> Times:
    found: Times = []
    for _ in range(rounds):
        before, wall, cpu = _schedules(context), time.perf_counter(), time.process_time()
        action()
        wall, cpu, after = time.perf_counter() - wall, time.process_time() - cpu, _schedules(context)
        ran, waited = (sum(now[at] - before.get(task, (0.0, 0.0))[at] for task, now in after.items()) for at in (0, 1))
        found.append((wall, max(wall - waited, cpu + ran), cpu + ran))
    return found


def _schedules(context: Context) -> dict[Path, tuple[float, float]]:
    """Return the seconds on a core, and those waiting for one.

    Of each process of the database server that serves this one; of each thread of this process the waiting alone.
    """
    own = {task: (0.0, _schedule(task)[1]) for task in Path("/proc/self/task").iterdir()}
    return own | {task: _schedule(task) for task in _server(context)}


def _schedule(task: Path) -> tuple[float, float]:
    ran, waited, _ = (task / "schedstat").read_text().split()
    return int(ran) / 1e9, int(waited) / 1e9


def _server(context: Context) -> list[Path]:
    """Return the folders of a local server's processes."""
    if context.ledger.is_sqlite or engine_of(context.ledger).url.host not in LOOPBACK:
        return []
    with context.ledger.read() as connection:
        statement = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        return [Path(f"/proc/{pid}") for pid in connection.exec_driver_sql(statement).scalars()]


def _describe(times: Times) -> str:
    parts = (
        f"{name} p50 {percentile(some, 0.5):.3f} s, p95 {percentile(some, 0.95):.3f} s"
        for name, some in zip(("wall", "without waiting for a core", "CPU"), map(sorted, zip(*times, strict=True)), strict=True)
    )
    return f"{'; '.join(parts)} (n={len(times)})"


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the percentile `share` of sorted values, by nearest rank."""
    return ordered[max(0, ceil(len(ordered) * share) - 1)]


def print_line(text: str) -> None:
    """Print a result at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
