"""Whatever happens in whatever order, by two workers, with kills in the middle: nothing is lost, nothing is doubled."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import count, pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.errors import ChangeRefusedError
from core.records.annotation import Quarantined
from core.records.case import NEXT, ExternalStatus
from core.records.decision import Decision
from core.records.post import Rejected
from ledger import indexing, leases, read, schema
from ledger.cases import corrections, reviews, workflow
from ledger.database import Ledger, connection as connecting, open_ledger, writing
from ledger.delivery import deliveries, external_status
from ledger.ingest import cursors, store
from ledger.processing import annotations, decisions
from ledger.retention import forget
from tests.support.killing import KilledError
from tests.support.ledger_facts import (
    LEASE,
    NOW,
    SALT,
    emptied,
    incidents_with_cases,
    into_case,
    no_case,
    post,
    reading,
    unbalanced,
    upstream_deleted,
)

pytest_plugins = ("tests.support.ledger_fixtures",)

NUMBERS = st.integers(1, 12)
WORKERS = st.sampled_from([0, 1])
KILLED = st.booleans()
TEXTS = st.sampled_from(["uno", "dos", "tres"])
SYSTEM = "rt"


def _die(point: str) -> None:
    """Die just before a transaction is committed."""
    if point == "ledger.commit":
        raise KilledError


class Ledgers(RuleBasedStateMachine):
    """Two workers at one ledger, and a search engine and a contact centre that only remember what they were given."""

    def __init__(self, fresh: Callable[[], str]) -> None:
        super().__init__()
        self.fresh = fresh

    @initialize()
    def begin(self) -> None:
        url = self.fresh()
        self.workers = [open_ledger(url, SALT), open_ledger(url, SALT)]
        self.now = NOW
        self.documents: set[str] = set()
        self.tickets: dict[str, str] = {}
        self.told: set[str] = set()
        self.erased: set[str] = set()

    def teardown(self) -> None:
        for opened in getattr(self, "workers", []):
            opened.close()

    @contextmanager
    def killed(self, really: bool) -> Iterator[None]:
        """Run a step; with `really`, die just before its transaction is committed."""
        if not really:
            yield
            return
        with patch.object(writing, "failpoint", _die), suppress(KilledError):
            yield

    @rule(worker=WORKERS, numbers=st.lists(NUMBERS, max_size=6), text=TEXTS, bad=st.integers(0, 2), killed=KILLED)
    def a_page_comes(self, worker: int, numbers: list[int], text: str, bad: int, killed: bool) -> None:
        ledger = self.workers[worker]
        run_id = cursors.begin_run(ledger, "archive", self.now)
        page = [post(n, text=f"{text} {n}") for n in numbers]
        rejects = [Rejected.of("archive", f"line {n}", "bad_json", "{") for n in range(bad)]
        with self.killed(killed):
            store.store_page(ledger, run_id, "archive", page, rejects, {"n": 1}, None, self.now)

    @rule(worker=WORKERS, limit=st.integers(1, 5), poison=st.booleans(), killed=KILLED)
    def some_are_read(self, worker: int, limit: int, poison: bool, killed: bool) -> None:
        ledger, name = self.workers[worker], f"worker {worker}"
        claimed = annotations.claim_pending(ledger, name, limit, self.now, LEASE)
        unread = [Quarantined(post_id=one.post_id, reason="poison") for one in claimed[:1] if poison]
        read_well = [reading(one) for one in claimed[len(unread) :]]
        with self.killed(killed):
            annotations.store_annotations(ledger, name, read_well, unread, self.now)

    @rule(worker=WORKERS, model=st.sampled_from(["reader@1", "reader@2"]))
    def the_model_changes(self, worker: int, model: str) -> None:
        annotations.requeue_outdated(self.workers[worker], model)

    @rule(worker=WORKERS, outcomes=st.lists(st.sampled_from("crn"), min_size=5, max_size=5), killed=KILLED)
    def some_are_decided(self, worker: int, outcomes: list[str], killed: bool) -> None:
        ledger, name = self.workers[worker], f"worker {worker}"
        if not leases.hold(ledger, "triage", name, self.now, LEASE):
            return
        found: list[Decision] = []
        for (one, _), outcome in zip(decisions.untriaged(ledger, 5), outcomes, strict=False):
            found.append(
                self._into_case(ledger, one.post_id) if outcome == "c" else no_case(one, "in_review" if outcome == "r" else "no_case")
            )
        with self.killed(killed):
            decisions.store_decisions(ledger, name, found, self.now)
        if not killed:
            leases.release(ledger, "triage", name)

    def _into_case(self, ledger: Ledger, post_id: str) -> Decision:
        """Into the case of the posts whose number leaves the same rest by three; a new one when there is none."""
        number = int(post_id[8:], 16)
        for known, incident in incidents_with_cases(ledger):
            if int(known.key[2:], 16) % 3 == number % 3:
                case = known.model_copy(update={"post_ids": (*known.post_ids, post_id)})
                return Decision(post_id=post_id, outcome="in_case", reason="same", incident=incident, case=case)
        system = SYSTEM if number % 2 else "casebook"
        return into_case(post(number), system=system)[0]

    @rule(worker=WORKERS, number=NUMBERS, accept=st.booleans(), killed=KILLED)
    def a_person_settles_a_review(self, worker: int, number: int, accept: bool, killed: bool) -> None:
        ledger = self.workers[worker]
        try:
            with self.killed(killed):
                if accept:
                    reviews.settle_review(ledger, self._into_case(ledger, post(number).post_id), "ana", "", self.now)
                else:
                    reviews.reject_review(ledger, post(number).post_id, "ana", "", self.now)
        except ChangeRefusedError:
            pass

    @rule(worker=WORKERS, number=NUMBERS, value=st.booleans(), killed=KILLED)
    def a_person_corrects_a_label(self, worker: int, number: int, value: bool, killed: bool) -> None:
        try:
            with self.killed(killed):
                corrections.correct(self.workers[worker], post(number).post_id, "actionable", value, "ana", "", self.now)
        except ChangeRefusedError:
            pass

    @rule(worker=WORKERS, number=NUMBERS, state=st.sampled_from(sorted(NEXT)), killed=KILLED)
    def a_person_works_a_case(self, worker: int, number: int, state: str, killed: bool) -> None:
        try:
            with self.killed(killed):
                workflow.change(self.workers[worker], into_case(post(number))[0].case.key, state, "ana", "", self.now)  # type: ignore[union-attr,arg-type]
        except ChangeRefusedError:
            pass

    @rule(worker=WORKERS, answer=st.sampled_from(["taken", "taken", "lost", "refused", "away", "killed"]))
    def cases_are_delivered(self, worker: int, answer: str) -> None:
        ledger = self.workers[worker]
        for one in deliveries.claim(ledger, SYSTEM, f"worker {worker}", 3, self.now, LEASE):
            if answer in ("taken", "lost", "killed"):  # it is there, whether or not we hear of it
                self.tickets.setdefault(one.case.key, f"T{len(self.tickets)}")
                assert one.note_key not in self.told or one.kind == "append"
            if answer == "taken":
                deliveries.mark_sent(ledger, one.id, self.tickets[one.case.key], self.now)
            elif answer != "killed":
                outcome = {"lost": "unknown", "refused": "refused", "away": "pending"}[answer]
                deliveries.mark_failed(ledger, one.id, outcome, answer, self.now)  # type: ignore[arg-type]

    @rule(worker=WORKERS, state=st.sampled_from(["new", "assigned", "answered", "resolved", "rejected", "merged", "gone"]))
    def the_other_side_is_followed(self, worker: int, state: str) -> None:
        ledger = self.workers[worker]
        for case_key in list(external_status.followed(ledger, SYSTEM).values())[:1]:
            if state == "gone":
                external_status.mark_ticket_missing(ledger, case_key, self.now)
            else:
                standing = ExternalStatus.model_validate({"state": state, "updated_at": self.now})
                external_status.store_external_status(ledger, case_key, standing, SYSTEM, self.now)

    @rule(worker=WORKERS, limit=st.integers(1, 4), written=st.booleans(), marked=st.booleans())
    def documents_are_written(self, worker: int, limit: int, written: bool, marked: bool) -> None:
        ledger, name = self.workers[worker], f"worker {worker}"
        work = indexing.claim_unindexed(ledger, name, limit, self.now, LEASE)
        ids = {fact.post_id for fact in work.posts} | {fact.case_key for fact in work.cases}
        if written:
            self.documents = (self.documents | ids) - set(work.delete)
        if marked:
            retry = set() if written else {*ids, *work.delete}
            indexing.mark_written(ledger, name, work, {}, retry, self.now)

    @rule(worker=WORKERS)
    def the_engine_is_thrown_away(self, worker: int) -> None:
        self.documents = set()
        indexing.reindex_all(self.workers[worker])

    @rule(worker=WORKERS, number=NUMBERS, upstream=st.booleans(), killed=KILLED)
    def a_post_is_erased(self, worker: int, number: int, upstream: bool, killed: bool) -> None:
        ledger, post_id = self.workers[worker], post(number).post_id
        with self.killed(killed):
            if upstream:
                upstream_deleted(ledger, "archive", [post_id], self.now)
                self.erased.add(post_id)
            elif forget.erase_post(ledger, post_id, "erasure", self.now):
                self.erased.add(post_id)

    @rule(hours=st.integers(6, 12))
    def old_posts_are_forgotten(self, hours: int) -> None:
        before = NOW - timedelta(hours=hours)
        self.erased |= {fact.post_id for fact in read.post_records(self.workers[0], until=before)}
        forget.forget_older(self.workers[0], before, self.now)

    @rule()
    def leases_end(self) -> None:
        self.now += LEASE

    @rule(worker=WORKERS)
    def a_worker_is_found_dead(self, worker: int) -> None:
        leases.release_all(self.workers[worker], f"worker {worker}")

    @invariant()
    def every_line_of_the_identity_holds(self) -> None:
        if hasattr(self, "workers"):
            assert unbalanced(self.workers[1], self.documents) == []

    @invariant()
    def a_case_is_in_the_state_of_its_last_step(self) -> None:
        if hasattr(self, "workers"):
            for fact in read.case_records(self.workers[1]):
                steps = [step.state for step in read.transitions(self.workers[1], fact.case_key)]
                assert steps[0] == "new"
                assert steps[-1] == fact.state
                assert all(after in NEXT[before] for before, after in pairwise(steps))

    @invariant()
    def nothing_erased_is_back(self) -> None:
        if hasattr(self, "workers"):
            assert not self.erased & {fact.post_id for fact in read.post_records(self.workers[1])}
            with self.workers[1].read() as connection:
                kept = {
                    row.post_id
                    for table in (schema.origins, schema.annotations, schema.labels)
                    for row in connection.execute(table.select())
                }
            assert not self.erased & kept


DEEP = os.environ.get("ESCUCHA_TEST_DEEP") == "1"
EXAMPLES = {"sqlite": 400 if DEEP else 30, "postgres": 100 if DEEP else 8}
QUICK = 10
"""Examples of `make test`; its first ones are those of the slow test."""
SETTINGS = settings(
    stateful_step_count=60 if DEEP else 30,
    deadline=None,
    derandomize=not DEEP,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(params=["sqlite", "postgres"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Where an empty ledger can be made, another one each time."""
    if request.param == "postgres":
        return partial(emptied, request.getfixturevalue("own_database"))
    # No power is cut here: waiting for the disk at every step would only cost time.
    monkeypatch.setattr(connecting, "PRAGMAS", (*connecting.PRAGMAS, "PRAGMA synchronous = OFF"))
    numbers = count()
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.sqlite'}"


@pytest.mark.parametrize("most", [pytest.param(QUICK, id="quick"), pytest.param(400, id="all", marks=pytest.mark.slow)])
def test_whatever_happens_nothing_is_lost_and_nothing_doubled(fresh: Callable[[], str], request: pytest.FixtureRequest, most: int) -> None:
    examples = min(most, EXAMPLES[request.node.callspec.params["fresh"]])

    class Fresh(Ledgers):
        def __init__(self) -> None:
            super().__init__(fresh)

    run_state_machine_as_test(Fresh, settings=settings(SETTINGS, max_examples=examples))
