"""Triage on a real ledger: batches, kills and a second worker change no incident, no case and no reason."""

import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

import pytest

from core.errors import EscuchaError
from core.records.annotation import Label
from ledger import leases, read
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations, decisions
from tests.support.ledger_facts import LEASE, SALT, arrive
from tests.unit.triage.test_triage_debates import whole_debate
from tests.unit.triage.test_triage_incidents import MADRID, Read, said, week
from triage import decide

pytest_plugins = ("tests.support.ledger_fixtures",)

Outcome = tuple[str | None, str | None, str | None, str | None]
SOON = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


@cache
def everything() -> list[Read]:
    """Return the posts of the week and of the debate, read."""
    return [*week(), *whole_debate()]


def filled(ledger: Ledger) -> None:
    for source in ("x", "consul"):
        arrive(ledger, [post for post, _ in everything() if post.source == source], source, SOON)
    by_id = {post.post_id: reading for post, reading in everything()}
    while claimed := annotations.claim_pending(ledger, "reader", 100, SOON, LEASE):
        annotations.store_annotations(ledger, "reader", [by_id[one.post_id] for one in claimed], [], SOON)


def run(ledger: Ledger, worker: str, size: Callable[[], int], killed: Callable[[], bool]) -> None:
    """Triage as the pipeline does, in batches of any size; `killed`: between deciding and storing, like a power cut."""
    while True:
        if not leases.hold(ledger, "triage", worker, SOON, LEASE):
            return
        batch = decisions.untriaged(ledger, size())
        if not batch:
            leases.release(ledger, "triage", worker)
            return
        with decisions.known_posts(ledger) as known:
            decided = decide(MADRID, batch, known)
        if not killed():
            decisions.store_decisions(ledger, worker, decided, SOON)
        leases.release(ledger, "triage", worker)


def outcome(ledger: Ledger) -> dict[str, Outcome]:
    facts = list(read.post_records(ledger, order="oldest"))
    members = read.memberships(ledger, [fact.post_id for fact in facts])
    return {fact.post_id: (fact.decision, fact.reason, fact.case_key, members[fact.post_id].incident_key) for fact in facts}


def cases(ledger: Ledger) -> list[tuple[str, str, str | None, str | None, int]]:
    return sorted((case.case_key, case.topic, case.place, case.district, case.posts) for case in read.case_records(ledger))


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The same posts decided in one batch."""
    ledger = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('at_once') / 'ledger.sqlite'}", SALT)
    filled(ledger)
    run(ledger, "alone", lambda: len(everything()), lambda: False)
    yield ledger
    ledger.close()


@pytest.mark.parametrize("seed", range(2))
def test_batches_and_kills_change_nothing(ledger: Ledger, at_once: Ledger, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    filled(ledger)
    run(ledger, "worker", lambda: chance.randint(1, 9), lambda: chance.random() < 0.3)
    assert outcome(ledger) == outcome(at_once)
    assert cases(ledger) == cases(at_once)
    assert len(cases(at_once)) < 15 < len(everything())  # it does join


@pytest.mark.slow
def test_two_workers_at_once_decide_as_one(url: str, ledger: Ledger, at_once: Ledger) -> None:
    filled(ledger)
    failed: list[EscuchaError] = []

    def work(name: str, seed: int) -> None:
        own, chance = open_ledger(url, SALT), random.Random(seed)  # noqa: S311
        try:
            while decisions.untriaged(own, 1):
                run(own, name, lambda: chance.randint(1, 5), lambda: False)
        except EscuchaError as error:
            failed.append(error)
        finally:
            own.close()

    workers = [threading.Thread(target=work, args=(f"worker {n}", n)) for n in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert failed == []
    assert outcome(ledger) == outcome(at_once)
    assert cases(ledger) == cases(at_once)


def test_a_second_run_decides_nothing(at_once: Ledger) -> None:
    before = outcome(at_once), cases(at_once)
    run(at_once, "again", lambda: 5, lambda: False)
    assert (outcome(at_once), cases(at_once)) == before


def test_a_debate_stays_out_of_the_case_that_one_of_its_comments_opens(at_once: Ledger) -> None:
    """Also where the case came batches later: who only read along is no member."""
    decided = {post_id: found for post_id, found in outcome(at_once).items() if post_id.startswith(("q", "r", "s"))}
    assert len({incident for *_, incident in decided.values()}) == 1
    in_case = {post_id[:2] for post_id, found in decided.items() if found[0] == "in_case"}
    assert in_case == {"q0", "r5", "r6", "r7", "r8", "s0"}
    case = next(found[2] for found in decided.values() if found[2])
    assert next(one.posts for one in read.case_records(at_once) if one.case_key == case) == 6


def test_the_label_of_a_post_that_opens_a_case_in_doubt_becomes_about_the_city(ledger: Ledger) -> None:
    (post, reading), doubt = said("a", score=0.95), Label(question="relevance", value=False, score=0.34, model="m@1")
    arrive(ledger, [post], post.source, SOON)
    annotations.claim_pending(ledger, "reader", 100, SOON, LEASE)
    unsure = reading.model_copy(update={"labels": {**reading.labels, "relevance": doubt}})
    annotations.store_annotations(ledger, "reader", [unsure], [], SOON)
    run(ledger, "worker", lambda: 1, lambda: False)
    [fact] = read.post_records(ledger, order="oldest")
    assert (fact.decision, fact.relevance, fact.relevance_score) == ("in_case", True, 0.34)
