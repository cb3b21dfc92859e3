"""What its author took back is forgotten here too: asked for within the rules, counted, and never taken in again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from core.config.source_options import Deletions
from core.errors import BudgetSpentError, SourceError
from core.privacy.pseudonyms import post_id
from core.records.collection import Page
from core.records.post import Reach
from ledger import leases, read, reconciliation
from ledger.ingest import deletion_checks
from tests.support.killing import KilledError
from tests.support.played import Played, raw, turn_clock
from tests.support.seeded import SALT

pytest_plugins = ("tests.support.played_fixtures",)
Make = Callable[..., Played]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAILY = Deletions(every=DAY, younger_than=10 * DAY, a_day=500)


def page(*native_ids: str, **more: object) -> Page:
    return Page(raws=tuple(raw(one) for one in native_ids), cursor={"at": 1}, **more)


def stored(town: Played) -> set[str]:
    return {post.post_id for post in read.post_records(town.ledger)}


def ids(*native_ids: str) -> set[str]:
    return {post_id(SALT, "x", one) for one in native_ids}


def balanced(town: Played) -> bool:
    return all(line.ok is not False for line in reconciliation.balance_sheet(town.ledger, None))


def test_a_post_is_asked_for_when_it_was_not_seen_for_a_day_and_forgotten_when_it_is_gone(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1", "2", "3"))
    town.gone = lambda native_ids: {"1": False, "2": True}
    town.collect(after=23 * HOUR)
    assert town.asked == []
    counts = town.collect(after=2 * HOUR)
    assert [sorted(batch) for batch in town.asked] == [["1", "2", "3"]]
    assert (counts["asked"], counts["gone"]) == (3, 1)
    assert stored(town) == ids("1", "3")
    # "3" was not answered for: that is counted, and says nothing
    assert deletion_checks.counts_on(town.ledger, "x", town.clock.date()) == deletion_checks.DayCounts(checked=3, deleted=1, unanswered=1)
    assert balanced(town)


def test_what_was_asked_for_is_left_in_peace_for_a_day(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1", "2"))
    town.gone = lambda native_ids: dict.fromkeys(native_ids, False)
    town.collect(after=25 * HOUR)
    town.collect(after=23 * HOUR)
    assert len(town.asked) == 1
    town.collect(after=2 * HOUR)
    assert len(town.asked) == 2


def test_what_was_deleted_never_comes_in_again(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1", "2"))
    town.gone = lambda native_ids: dict.fromkeys(native_ids, True)
    town.collect(after=25 * HOUR)
    assert town.collect(page("1", "2"))["rejected"] == 2
    assert stored(town) == set()
    (state,) = read.sources(town.ledger)
    assert (state.rejected, state.withdrawn) == ({"erased": 2}, 2)
    assert balanced(town)


def test_a_deletion_that_comes_before_its_post_refuses_it(played: Make) -> None:
    town = played()
    town.collect(page(deleted=("7",)))
    assert town.collect(page("7", "8"))["rejected"] == 1
    assert stored(town) == ids("8")
    assert balanced(town)


def test_a_deletion_in_the_same_page_as_its_post_wins(played: Make) -> None:
    town = played()
    town.collect(page("7", "8", deleted=("7",)))
    assert stored(town) == ids("8")
    assert balanced(town)


def test_at_most_so_many_are_asked_for_a_day_and_those_unseen_the_longest_first(played: Make) -> None:
    # 60 a day, a run every 10 minutes: the even share is 0.42 posts a run, 4 times that is 2 at most
    town = played(deletions=Deletions(every=DAY, a_day=5))
    town.collect(page(*(f"old {n}" for n in range(3))))
    town.collect(page(*(f"new {n}" for n in range(9))), after=HOUR)
    town.gone = lambda native_ids: dict.fromkeys(native_ids, False)
    town.clock = (town.clock + 2 * DAY).replace(hour=1)
    for _ in range(9):
        town.collect(after=timedelta(minutes=10))
    assert [len(batch) for batch in town.asked] == [1, 1, 1, 1, 1]
    assert {batch[0] for batch in town.asked[:3]} == {"old 0", "old 1", "old 2"}
    town.collect(after=DAY)
    assert len(town.asked) == 6


def test_posts_that_the_collector_passes_over_take_nobodys_place(played: Make) -> None:
    town = played(deletions=Deletions(every=DAY, a_day=400))
    town.collect(page(*(f"elsewhere {n}" for n in range(60)), "ours"))
    town.gone = lambda native_ids: {one: True for one in native_ids if one == "ours"}
    counts = town.collect(after=25 * HOUR)
    assert (counts["asked"], counts["gone"]) == (61, 1)
    assert town.collect(after=HOUR).get("asked") == 0


def test_posts_older_than_the_rule_are_left_to_retention(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))
    town.collect(after=11 * DAY)
    assert town.asked == []


def test_a_source_without_a_rule_is_not_asked(played: Make) -> None:
    town = played()
    town.collect(page("1"))
    town.collect(after=30 * DAY)
    assert town.asked == []


def test_a_refusal_marks_nothing_and_the_next_run_asks_again(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))

    def refuse(native_ids: list[str]) -> dict[str, bool]:
        raise SourceError("too many requests", retry_after=60)

    town.gone = refuse
    with pytest.raises(SourceError, match="too many requests"):
        town.collect(page("2"), after=25 * HOUR)
    assert stored(town) == ids("1", "2")
    town.gone = lambda native_ids: dict.fromkeys(native_ids, True)
    assert town.collect(after=HOUR)["gone"] == 1


def refusing(town: Played, monkeypatch: pytest.MonkeyPatch, error: SourceError) -> None:
    def read(*_: object) -> Iterator[Page]:
        yield page()
        raise error

    monkeypatch.setattr(town.context.sources["x"].module, "collect", read)


def test_one_stream_that_refuses_for_ever_keeps_no_deletion_from_being_asked_for(played: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))
    town.gone = lambda native_ids: dict.fromkeys(native_ids, True)
    refusing(town, monkeypatch, SourceError("one server is closed"))
    with pytest.raises(SourceError, match=r"^one server is closed$") as refused:
        town.collect(after=25 * HOUR)
    assert (refused.value.retry_after, refused.value.fatal) == (None, False)
    assert town.asked == [["1"]]
    assert stored(town) == set()
    assert balanced(town)


@pytest.mark.parametrize("error", [SourceError("slower", retry_after=60), SourceError("the key is wrong", fatal=True)])
def test_who_asks_for_a_rest_or_lets_us_in_no_more_is_not_asked_for_deletions(
    played: Make, monkeypatch: pytest.MonkeyPatch, error: SourceError
) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))
    refusing(town, monkeypatch, error)
    with pytest.raises(SourceError) as refused:
        town.collect(after=25 * HOUR)
    assert (refused.value.retry_after, refused.value.fatal) == (error.retry_after, error.fatal)
    assert town.asked == []
    assert stored(town) == ids("1")


def test_without_money_nothing_is_asked_and_the_run_is_no_failure(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))

    def spent(native_ids: list[str]) -> dict[str, bool]:
        raise BudgetSpentError("the month's money is gone")

    town.gone = spent
    assert town.collect(page("2"), after=25 * HOUR)["stored"] == 1


def test_a_kill_after_the_answer_asks_again_and_loses_and_doubles_nothing(played: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = played(deletions=Deletions(every=DAY, a_day=100_000))
    town.collect(page(*(str(n) for n in range(60))))
    town.gone = lambda native_ids: {one: int(one) % 3 == 0 for one in native_ids}

    def die(name: str) -> None:
        if name == "withdraw.answered" and len(town.asked) == 2:
            raise KilledError

    monkeypatch.setattr("pipeline.steps.sync_deletions.failpoint", die)
    with pytest.raises(KilledError):
        town.collect(after=25 * HOUR)
    monkeypatch.undo()
    turn_clock(monkeypatch, lambda: town.clock)
    town.collect(after=HOUR)
    assert [len(batch) for batch in town.asked] == [25, 25, 25, 10]
    assert town.asked[1] == town.asked[2]
    assert stored(town) == ids(*(str(n) for n in range(60) if n % 3))
    assert balanced(town)


def test_while_another_worker_asks_nobody_else_does(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1"))
    assert leases.hold(town.ledger, "deletions x", "another:1:1", town.clock + 25 * HOUR, HOUR)
    town.collect(after=25 * HOUR)
    assert town.asked == []
    town.collect(after=2 * HOUR)
    assert len(town.asked) == 1


def test_a_check_refreshes_the_reach_of_what_is_still_there_and_keeps_no_number_of_followers(played: Make) -> None:
    town = played(deletions=DAILY)
    town.collect(page("1", "2"))
    town.gone = lambda native_ids: {"1": Reach(likes=9, followers=48_213), "2": False}
    town.collect(after=25 * HOUR)
    found = {post.post_id: post for post in read.post_records(town.ledger)}
    (first,), (second,) = ids("1"), ids("2")
    assert (found[first].likes, found[first].followers_band, found[first].version) == (9, "over_10k", 1)
    assert (found[second].likes, found[second].followers_band) == (None, None)
    assert balanced(town)
