"""Several people label, draw and erase at once: one sample, no deadlock, and no post labelled by chance twice."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from core.errors import ChangeRefusedError
from ledger import gold, read
from ledger.database import Ledger, open_ledger
from ledger.retention import forget
from tests.support.ledger_facts import NOW, SALT, arrive, post, read_all

pytest_plugins = ("tests.support.ledger_fixtures",)

POSTS, WORKERS, ROUNDS = 80, 4, 20
Job = Callable[[Ledger, str], None]


def at_once(url: str, jobs: list[Job]) -> Counter[str]:
    """Run each job with its own ledger, begun together; return what was refused."""
    begin, refused, failed = threading.Barrier(len(jobs)), Counter[str](), list[BaseException]()

    def work(number: int, job: Job) -> None:
        own = open_ledger(url, SALT)
        try:
            begin.wait(60)
            job(own, f"worker {number}")
        except ChangeRefusedError as error:
            refused[str(error)] += 1
        except BaseException as error:  # told below
            failed.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=one) for one in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not [thread for thread in threads if thread.is_alive()]
    assert failed == []
    return refused


def drawable(ledger: Ledger) -> list[str]:
    """Store posts that can be drawn; return their ids."""
    ages = [timedelta(minutes=n) for n in range(POSTS)]
    arrive(ledger, [post(n, created_at=NOW - age, received_at=NOW - age) for n, age in enumerate(ages)])
    read_all(ledger)
    return sorted(gold.population(ledger, "live", NOW))


def test_people_who_draw_the_first_sample_at_once_get_one(ledger: Ledger, url: str) -> None:
    ids = drawable(ledger)

    def draw(own: Ledger, who: str) -> None:
        gold.draw(own, who, "live", NOW, len(ids), ids[:20], who, NOW)

    refused = at_once(url, [draw] * WORKERS)
    assert sum(refused.values()) == WORKERS - 1
    sample = read.gold_sample(ledger)
    assert sample is not None
    assert (sample.number, len(sample.post_ids)) == (1, 20)


def test_people_who_extend_a_sample_at_once_are_audited_for_what_each_added(ledger: Ledger, url: str) -> None:
    ids = drawable(ledger)
    gold.draw(ledger, "seed", "live", NOW, len(ids), ids[:20], "ana", NOW)
    added = []

    def extend(own: Ledger, who: str) -> None:
        added.append(gold.extend(own, 1, ids[20:60], who, NOW))

    assert not at_once(url, [extend] * WORKERS)
    assert sorted(added) == [0, 0, 0, 40]
    audited = [one.why for one in read.audit(ledger, filters={"what": "gold_extended"})]
    assert audited == ["40 more"]
    sample = read.gold_sample(ledger)
    assert sample is not None
    assert sample.post_ids == tuple(ids[:60])


def test_labelling_extending_and_erasing_at_once_never_deadlock(ledger: Ledger, url: str) -> None:
    ids = drawable(ledger)
    gold.draw(ledger, "seed", "live", NOW, len(ids), ids[:40], "ana", NOW)

    def label(own: Ledger, who: str) -> None:
        for n in range(ROUNDS):
            if claimed := gold.claim(own, who, n % 3 == 2, NOW):
                try:
                    gold.store(own, 1, claimed, who, {"actionable": True}, NOW)
                except ChangeRefusedError:
                    continue  # it was erased meanwhile
                if n % 4 == 0:
                    gold.undo(own, who, NOW)

    def extend(own: Ledger, _who: str) -> None:
        for n in range(40, POSTS, 5):
            gold.extend(own, 1, ids[n - 2 : n + 5], "ana", NOW)

    def erase(own: Ledger, _who: str) -> None:
        for one in ids[::2]:
            forget.erase_post(own, one, "erasure", NOW)

    refused = at_once(url, [*[label] * WORKERS, extend, erase])
    assert set(refused) <= {"You have labelled no post of this sample: there is nothing to take back."}
    sample = read.gold_sample(ledger)
    assert sample is not None
    given = Counter(one.post_id for one in read.gold_labels(ledger, 1))
    assert max(given.values()) <= 2
    assert given.keys() <= set(sample.post_ids)
    assert set(sample.post_ids) == set(ids[1::2])
