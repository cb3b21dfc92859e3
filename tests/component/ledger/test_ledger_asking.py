"""What waits to be asked for, what was answered, which silences were told and which gaps given up; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from core.records.collection import Gap
from core.records.post import StoredReach
from ledger import read, reconciliation
from ledger.database import Ledger
from ledger.ingest import cursors, deletion_checks, freshness, gaps, store
from tests.support.ledger_facts import HOUR, NOW, arrive, post

pytest_plugins = ("tests.support.ledger_fixtures",)
DAY = timedelta(days=1)


def ids(*numbers: int) -> list[str]:
    return [post(n).post_id for n in numbers]


def test_those_unseen_the_longest_are_due_first_and_only_of_their_source(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in (30, 40, 50, 3)])
    arrive(ledger, [post(60, source="x")], source="x")
    due = deletion_checks.due(ledger, "archive", NOW - 24 * HOUR, NOW - 45 * HOUR, 10)
    assert due == [(post(40).post_id, "sealed-archive-40"), (post(30).post_id, "sealed-archive-30")]
    assert deletion_checks.due(ledger, "archive", NOW - 24 * HOUR, NOW - 99 * HOUR, 1)[0][0] == post(50).post_id


def test_an_answer_is_written_whole_and_counted_by_the_day(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in (30, 31, 32)])
    there = {one: StoredReach(likes=4, followers_band="100_1k") for one in ids(30)}
    assert deletion_checks.store_answers(ledger, "archive", there, ids(31), ids(32), NOW) == 1
    assert deletion_checks.store_answers(ledger, "archive", dict.fromkeys(ids(30), StoredReach()), [], [], NOW) == 0
    assert deletion_checks.counts_on(ledger, "archive", NOW.date()) == deletion_checks.DayCounts(checked=4, deleted=1, unanswered=1)
    assert deletion_checks.counts_on(ledger, "archive", (NOW + DAY).date()) == deletion_checks.DayCounts()
    assert deletion_checks.due(ledger, "archive", NOW - HOUR, NOW - 99 * HOUR, 10) == []
    found = {one.post_id: (one.likes, one.followers_band) for one in read.post_records(ledger)}
    assert found == dict(zip(ids(30, 32), [(4, "100_1k"), (None, None)], strict=True))
    assert all(line.ok is not False for line in reconciliation.balance_sheet(ledger, None))


def test_two_workers_that_hear_the_same_answer_forget_it_once(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(30, 60)])
    with ThreadPoolExecutor(2) as workers:
        told = [workers.submit(deletion_checks.store_answers, one, "archive", {}, ids(*range(30, 50)), [], NOW) for one in (ledger, other)]
        assert sum(one.result() for one in told) == 20
    (state,) = read.sources(ledger)
    assert (state.withdrawn, read.count_posts(ledger)) == (20, 10)
    assert all(line.ok is not False for line in reconciliation.balance_sheet(ledger, None))


def test_of_two_workers_that_notice_a_silence_one_tells_it(ledger: Ledger, other: Ledger) -> None:
    arrive(ledger, [post(1)])
    assert freshness.last_new_at(ledger, "archive") == NOW
    assert freshness.last_new_at(ledger, "x") is None
    with ThreadPoolExecutor(2) as workers:
        told = [workers.submit(freshness.claim_alert, one, "archive", NOW) for one in (ledger, other)]
        assert sorted(one.result() for one in told) == [False, True]
    assert freshness.claim_alert(ledger, "archive", NOW + DAY)


def test_gaps_are_filled_dropped_and_given_up_each_with_its_reason(ledger: Ledger) -> None:
    run_id = cursors.begin_run(ledger, "x", NOW)

    def page(gap: Gap | None, **more: list[str]) -> None:
        store.store_page(ledger, run_id, "x", [], [], {}, gap, NOW, **more)

    for stream in ("filled", "dropped", "old"):
        page(Gap(stream=stream, newer_than="1", older_than="9", reason="page_cap"))
    page(Gap(stream="far", newer_than="1", older_than="9", reason="look_back"), filled=["filled"], dropped=["dropped"])
    assert [gap.stream for gap in gaps.open_gaps(ledger, "x")] == ["old"]
    assert gaps.give_up_gaps(ledger, NOW, NOW) == 0
    assert gaps.give_up_gaps(ledger, NOW + HOUR, NOW + HOUR) == 1
    assert {(gap.stream, gap.state, gap.closed_reason) for gap in read.gaps(ledger)} == {
        ("filled", "filled", None),
        ("dropped", "lost", "not_asked"),
        ("old", "lost", "retention"),
        ("far", "lost", "look_back"),
    }
    assert read.gap_counts(ledger, NOW, NOW + HOUR) == [("x", "look_back", 1), ("x", "not_asked", 1), ("x", "retention", 1)]
