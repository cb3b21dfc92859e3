"""What the ledger knows about the time, on both databases."""

from datetime import timedelta

from ledger.database import Ledger
from ledger.ingest import cursors
from ledger.retention import forget
from ledger.system import clock, heartbeat
from ledger.system.clock import Accepted, Jump
from tests.support.ledger_facts import NOW, arrive, post, read_all

pytest_plugins = ("tests.support.ledger_fixtures",)
DAY = timedelta(days=1)


def test_the_newest_moment_is_that_of_anything_our_clock_wrote(ledger: Ledger) -> None:
    assert clock.newest(ledger) is None
    arrive(ledger, [post(1)], now=NOW - DAY)
    read_all(ledger, now=NOW)
    assert clock.newest(ledger) == NOW
    assert clock.newest_run(ledger, "archive") == NOW - DAY
    assert clock.newest_run(ledger, "x") is None


def test_the_longest_jump_is_sought_since_the_accepted_clock(ledger: Ledger) -> None:
    assert clock.longest_jump(ledger, None, NOW) is None
    for days in (40, 20, 19, 3):
        arrive(ledger, [post(days)], now=NOW - days * DAY)
    assert clock.longest_jump(ledger, None, NOW) == Jump(start=NOW - 40 * DAY, end=NOW - 20 * DAY)
    assert clock.longest_jump(ledger, NOW - 21 * DAY, NOW) == Jump(start=NOW - 19 * DAY, end=NOW - 3 * DAY)


def test_the_accepted_clock_is_the_last_one_written(ledger: Ledger, other: Ledger) -> None:
    assert clock.accepted(ledger) is None
    clock.accept(ledger, Accepted(at=NOW - DAY))
    clock.accept(other, Accepted(at=NOW, wrong_until=NOW + DAY))
    assert clock.accepted(ledger) == Accepted(at=NOW, wrong_until=NOW + DAY)


def test_what_is_due_is_counted_and_forgotten_to_the_number(ledger: Ledger) -> None:
    arrive(ledger, [post(n) for n in range(1, 1301)])
    due = forget.due(ledger, NOW, NOW - timedelta(hours=1000))
    assert (due.posts, due.backlog, due.all_posts, due.days) == (1300, 300, 1300, 54)
    assert forget.forget_older(ledger, NOW, NOW, limit=601) == 601
    assert forget.due(ledger, NOW, NOW - timedelta(hours=1000)).backlog == 0
    assert forget.forget_older(ledger, NOW, NOW, limit=0) == 0


def test_the_heartbeat_and_how_sources_ran(ledger: Ledger, other: Ledger) -> None:
    assert heartbeat.last_beat(ledger) is None
    for moment in (NOW - DAY, NOW):
        heartbeat.beat(other, moment)
    assert heartbeat.last_beat(ledger) == NOW
    arrive(ledger, [post(1)], now=NOW)
    assert heartbeat.last_runs(ledger) == {"archive": NOW}
    for n, outcome in enumerate(("done", "no login", None)):
        run = cursors.begin_run(ledger, "x", NOW + timedelta(hours=n))
        if outcome:
            cursors.end_run(ledger, run, NOW + timedelta(hours=n, minutes=1), outcome)
    assert heartbeat.last_outcomes(ledger)["x"] == (NOW + timedelta(hours=1, minutes=1), "no login")
