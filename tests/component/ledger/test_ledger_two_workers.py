"""Several workers at once, for real: every post is read once, decided once, written once, and nothing waits for ever."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from core.config.plugins import ROOT
from core.errors import ChangeRefusedError
from core.records.decision import Decision
from ledger import indexing, leases, read
from ledger.cases import corrections
from ledger.database import LeaseLostError, Ledger, open_ledger
from ledger.delivery import deliveries
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from ledger.retention import forget
from tests.support.ledger_facts import (
    LEASE,
    NOW,
    SALT,
    arrive,
    incidents_with_cases,
    into_case,
    no_case,
    post,
    read_all,
    reading,
    unbalanced,
    upstream_deleted,
)

pytest_plugins = ("tests.support.ledger_fixtures",)

POSTS = 240
WORKERS = 4


class Crowd:
    """Workers with a ledger each, and what they saw."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.failed: list[BaseException] = []
        self.seen: Counter[str] = Counter()
        self.guard = threading.Lock()

    def run(self, *jobs: Callable[[Ledger, str], None]) -> None:
        """Run every job on every worker, each worker beginning with another one."""
        threads = [threading.Thread(target=self._work, args=(n, jobs)) for n in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not [thread for thread in threads if thread.is_alive()]
        assert self.failed == []

    def _work(self, n: int, jobs: tuple[Callable[[Ledger, str], None], ...]) -> None:
        ledger = open_ledger(self.url, SALT)
        try:
            for step in range(len(jobs)):
                jobs[(n + step) % len(jobs)](ledger, f"worker {n}")
        except BaseException as error:  # told by the test
            self.failed.append(error)
        finally:
            ledger.close()

    def saw(self, *names: str) -> None:
        """Count what was done, across all workers."""
        with self.guard:
            self.seen.update(names)

    def reads(self, ledger: Ledger, worker: str) -> None:
        while claimed := annotations.claim_pending(ledger, worker, 20, NOW, LEASE):
            self.saw(*(f"read {one.post_id}" for one in claimed))
            annotations.store_annotations(ledger, worker, [reading(one) for one in claimed], [], NOW)

    def decides(self, ledger: Ledger, worker: str) -> None:
        while True:
            if not leases.hold(ledger, "triage", worker, NOW, LEASE):
                return
            batch = decisions.untriaged(ledger, 30)
            known = {int(case.key[2:], 16) % 7: (case, incident) for case, incident in incidents_with_cases(ledger)}
            found: list[Decision] = []
            for one, _ in batch:
                number = int(one.post_id[8:], 16)
                if number % 2:
                    found.append(no_case(one))
                elif number % 7 in known:
                    case, incident = known[number % 7]
                    case = case.model_copy(update={"post_ids": (*incident.post_ids, one.post_id)})
                    found.append(Decision(post_id=one.post_id, outcome="in_case", reason="same", incident=incident, case=case))
                elif not any(d.outcome == "in_case" for d in found):
                    found += into_case(post(number), system="rt")
            written = decisions.store_decisions(ledger, worker, found, NOW)
            leases.release(ledger, "triage", worker)
            self.saw(*(f"decided {d.post_id}" for d in found[:written]))
            if not batch:
                return

    def delivers(self, ledger: Ledger, worker: str) -> None:
        while claimed := deliveries.claim(ledger, "rt", worker, 3, NOW, LEASE):
            for one in claimed:
                self.saw(f"sent {one.case.key} {one.kind} {one.note_key}")
                deliveries.mark_sent(ledger, one.id, f"T-{one.case.key}", NOW)

    def fills(self, ledger: Ledger, worker: str) -> None:
        while (work := indexing.claim_unindexed(ledger, worker, 30, NOW, LEASE)).any:
            self.saw(*(f"wrote {fact.post_id} {fact.version}" for fact in work.posts))
            indexing.mark_written(ledger, worker, work, {}, (), NOW)


@pytest.mark.slow
def test_each_post_is_read_decided_delivered_and_written_once(ledger: Ledger, url: str) -> None:
    arrive(ledger, [post(n) for n in range(POSTS)])
    crowd = Crowd(url)
    crowd.run(crowd.reads, crowd.decides, crowd.delivers, crowd.fills)
    crowd.run(crowd.reads, crowd.decides, crowd.delivers, crowd.fills)
    for job in (crowd.reads, crowd.decides, crowd.delivers, crowd.fills):
        job(ledger, "last")
    assert [name for name, n in crowd.seen.items() if n > 1] == []
    assert sum(name.startswith("read") for name in crowd.seen) == POSTS
    assert sum(name.startswith("decided") for name in crowd.seen) == POSTS
    assert sum(" open " in name for name in crowd.seen) == 7
    assert read.count_cases(ledger) == 7
    steps = read.steps(ledger)
    assert (steps.pending, steps.untriaged, steps.in_case, steps.no_case) == (0, 0, POSTS // 2, POSTS // 2)
    assert (steps.index_pending, steps.deliveries) == (0, 0)
    documents = {fact.post_id for fact in read.post_records(ledger)} | {fact.case_key for fact in read.case_records(ledger)}
    assert unbalanced(ledger, documents) == []


@pytest.mark.slow
def test_pages_edits_corrections_and_erasures_at_once_leave_a_ledger_that_balances(ledger: Ledger, url: str) -> None:
    arrive(ledger, [post(n) for n in range(60)])
    read_all(ledger)
    crowd = Crowd(url)

    crowd.run(_pages, _corrections, _erasures, crowd.reads, crowd.decides, crowd.delivers, crowd.fills, _pages)
    for job in (crowd.reads, crowd.decides, crowd.delivers, crowd.fills):
        job(ledger, "last")
    there = {fact.post_id for fact in read.post_records(ledger)} | {fact.case_key for fact in read.case_records(ledger)}
    assert unbalanced(ledger, there) == []
    assert not {post(n).post_id for n in range(0, 60, 3)} & there
    assert read.steps(ledger).pending == 0


def _pages(ledger: Ledger, worker: str) -> None:
    for turn in range(6):
        run_id = cursors.begin_run(ledger, "archive", NOW)
        page = [post(n, text=f"{worker} {turn}") for n in range(turn * 12, turn * 12 + 12)]
        try:
            store.store_page(ledger, run_id, "archive", page, [], {"turn": turn}, None, NOW)
        except cursors.CursorMovedError:
            continue


def _corrections(ledger: Ledger, worker: str) -> None:
    for n in range(60):
        try:
            corrections.correct(ledger, post(n).post_id, "actionable", n % 2 == 0, worker, "", NOW)
        except (ChangeRefusedError, LeaseLostError):
            continue


def _erasures(ledger: Ledger, worker: str) -> None:
    for n in range(0, 60, 3):
        if n % 2:
            forget.erase_post(ledger, post(n).post_id, "erasure", NOW)
        else:
            upstream_deleted(ledger, "archive", [post(n).post_id, post(n + 3).post_id], NOW)


KILLED = """
import sys
from tests.support.ledger_facts import NOW, SALT, LEASE, post
from ledger.ingest import cursors, store
from ledger.database import open_ledger
ledger = open_ledger(sys.argv[1], SALT)
run_id = cursors.begin_run(ledger, "archive", NOW)
for n in range(0, 40, 10):
    store.store_page(ledger, run_id, "archive", [post(m) for m in range(n, n + 10)], [], {"n": n + 10}, None, NOW)
"""


@pytest.mark.parametrize("commit", [2, 3, 4, 5], ids=["page 1", "page 2", "page 3", "page 4"])
@pytest.mark.parametrize("when", ["commit", "committed"])
@pytest.mark.slow
def test_a_kill_before_a_commit_loses_the_page_and_its_cursor_and_after_it_neither(
    url: str, ledger: Ledger, commit: int, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESCUCHA_FAULT_AT", f"ledger.{when}:{commit}")  # the first commit is the run's begin
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'tests'}{os.pathsep}{ROOT}")
    killed = subprocess.run([sys.executable, "-c", KILLED, url], capture_output=True, text=True, timeout=60)
    assert killed.returncode == -9, killed.stderr
    monkeypatch.delenv("ESCUCHA_FAULT_AT")
    pages = commit - 2 + (when == "committed")
    assert read.count_posts(ledger) == pages * 10
    assert cursors.read_cursor(ledger, "archive") == ({"n": pages * 10} if pages else None)
    assert unbalanced(ledger) == []
