"""Define what can happen between two runs against a network.

The same scenarios for every collector that pages, with exact numbers. Each scenario is a function of a world (`collector_runs.py`).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from collectors.drift import accept_next_page
from core.errors import AnswerChangedError
from tests.support.collector_runs import NOW, SMALL, World, burst, held, merged, new_ids, run, runs, started
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply


def a_burst_of_250_is_read_in_one_run(world: World) -> None:
    first = started(world)
    world.say(burst(250, NOW, first=100))
    (second,) = runs(world, first.cursor, NOW, 1)
    assert new_ids([second], first) == [250]
    assert second.gaps == []


def a_burst_of_700_over_a_cap_of_5_pages_is_finished_by_later_runs(world: World) -> None:
    first = started(world)
    world.say(burst(700, NOW, first=100))
    capped, *later = runs(world, first.cursor, NOW, 9, pages=5)
    assert new_ids([capped], first) == [held(world, 5)]
    assert [gap.reason for gap in capped.gaps] == ["page_cap"]
    assert sum(new_ids([capped, *later], first)) == 700
    assert later[-1].gaps == []
    assert new_ids(later[-1:], merged(first, capped, *later[:-1])) == [0]


def a_burst_of_2010_over_a_cap_of_5_pages_is_finished_by_later_runs(world: World) -> None:
    first = started(world)
    world.say(burst(2010, NOW, first=100))
    done = runs(world, first.cursor, NOW, 18, pages=5)
    if world.reach is None:
        assert sum(new_ids(done, first)) == 2010
        return
    # the network itself gives no more: what is out of reach is a recorded gap, not silence
    assert sum(new_ids(done, first)) == world.reach
    assert "look_back" in {gap.reason for each in done for gap in each.gaps}


def posts_that_arrive_while_a_gap_is_open_are_read_too(world: World) -> None:
    first = started(world)
    world.say(burst(700, NOW, first=100))
    capped = run(world, first.cursor, NOW, pages=5)
    world.say(burst(50, NOW + timedelta(minutes=10), first=1000))
    later = runs(world, capped.cursor, NOW + timedelta(minutes=15), 6, pages=5)
    assert len(set(merged(capped, *later).ids) - set(first.ids)) == 750


def posts_with_equal_timestamps_across_two_runs_are_all_read(world: World) -> None:
    world.say([Said(n, NOW) for n in (1, 2, 3)])
    first = run(world, None, NOW)
    world.say([Said(n, NOW) for n in (4, 5)])
    second = run(world, first.cursor, NOW + timedelta(minutes=15))
    assert len({*first.ids, *second.ids}) == 5


def one_post_dated_in_the_future_blinds_nothing(world: World) -> None:
    first = started(world)
    world.say([Said(90, NOW - timedelta(hours=1), claimed=datetime(2099, 1, 1, tzinfo=UTC))])
    second = run(world, first.cursor, NOW - timedelta(minutes=50))
    world.say(burst(100, NOW, first=100))
    third = run(world, second.cursor, NOW)
    assert new_ids([second, third], first) == [1, 100]


def twenty_back_dated_posts_are_read(world: World) -> None:
    first = started(world)
    late = NOW - timedelta(hours=1)
    world.say([Said(200 + n, late, claimed=late - timedelta(hours=2, seconds=n)) for n in range(20)])
    world.say(burst(51, NOW - timedelta(minutes=30), first=100))
    assert new_ids([run(world, first.cursor, NOW)], first) == [71]


def a_429_in_page_9_keeps_pages_1_to_8_and_the_rest_comes_later(world: World) -> None:
    first = started(world)
    world.say(burst(950, NOW, first=100))
    world.faults(Faults(replies={9: world.too_many}))
    cut = run(world, first.cursor, NOW)
    assert new_ids([cut], first) == [held(world, 8)]
    assert cut.error is not None
    assert cut.error.retry_after == 120
    world.faults(Faults())
    later = runs(world, cut.cursor, NOW + timedelta(minutes=15), 2)
    assert len(set(merged(cut, *later).ids) - set(first.ids)) == 950


def a_429_in_page_3_keeps_pages_1_and_2_and_the_rest_comes_later(world: World) -> None:
    first = started(world)
    world.say(burst(400, NOW, first=100))
    world.faults(Faults(replies={3: world.too_many}))
    cut = run(world, first.cursor, NOW)
    assert new_ids([cut], first) == [held(world, 2)]
    world.faults(Faults())
    later = runs(world, cut.cursor, NOW + timedelta(minutes=15), 2)
    assert len(set(merged(cut, *later).ids) - set(first.ids)) == 400


BROKEN = {
    "a page of html": Reply(b"<html>over capacity</html>", 200, {"Content-Type": "text/html"}),
    "a 503": Reply(b"<html>over capacity</html>", 503, {"Content-Type": "text/html"}),
    "half an answer": Reply(b'{"data": [{"id": "1", "te'),
    "nothing at all": Reply(b""),
    "a cut line": Reply(cut=True),
}


def whatever_comes_instead_of_page_2_costs_no_post(world: World) -> None:
    first = started(world)
    world.say(burst(250, NOW, first=100))
    for what, reply in BROKEN.items():
        # collectors ask again at once, up to three times more: every try is as bad
        world.faults(Faults(replies=dict.fromkeys(range(2, 6), reply)))
        cut = run(world, first.cursor, NOW)
        assert cut.error is not None, what
        assert new_ids([cut], first) == [held(world, 1)], what
        world.faults(Faults())
        later = runs(world, cut.cursor, NOW + timedelta(minutes=15), 2)
        assert len(set(merged(cut, *later).ids) - set(first.ids)) == 250, what


def texts_that_cannot_be_kept_are_counted_and_cost_no_other_post(world: World) -> None:
    first = started(world)
    bad = ["secreto \0", "secreto \ud83d", "secreto " + "x" * 5_000_000]
    good = ["\U0001f44d\U0001f3fd\U0001f389", "Hay un bache"]
    texts = [*bad, *good]
    world.say([Said(100 + n, NOW - timedelta(seconds=9 - n), text=text) for n, text in enumerate(texts)])
    second = run(world, first.cursor, NOW)
    assert second.error is None
    assert new_ids([second], first) == [len(good)]
    assert second.rejected == len(bad)


def the_hour_that_comes_twice_is_read_as_two_hours(world: World) -> None:
    """Cover the clock change.

    In Madrid 2026-10-25 has 02:30 twice, as 00:30 and 01:30 UTC.
    """
    night = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    world.say(burst(18, night + timedelta(hours=2, minutes=50), step=timedelta(minutes=10)))
    half = run(world, None, night + timedelta(hours=1))
    whole = run(world, half.cursor, night + timedelta(hours=3))
    assert len({*half.ids, *whole.ids}) == 18


def a_token_that_repeats_for_ever_stops_with_a_gap_and_nothing_is_lost(world: World) -> None:
    first = started(world)
    world.say(burst(450, NOW, first=100))
    world.faults(Faults(repeat_token_from=3))
    stuck = run(world, first.cursor, NOW)
    assert stuck.pages <= 4
    assert [gap.reason for gap in stuck.gaps] == ["repeated_token"]
    world.faults(Faults())
    later = runs(world, stuck.cursor, NOW + timedelta(minutes=15), 2)
    assert len(set(merged(stuck, *later).ids) - set(first.ids)) == 450


def an_empty_page_with_a_token_is_not_the_end(world: World) -> None:
    first = started(world)
    world.say(burst(250, NOW, first=100))
    world.faults(Faults(empty={2}))
    done = runs(world, first.cursor, NOW, 1 if world.tokens else 2)  # without tokens it looks like the end, for now
    assert sum(new_ids(done, first)) == 250


def empty_pages_at_any_two_places_are_not_the_end(world: World) -> None:
    first = started(world)
    for n, empty in enumerate([{1, 3}, {1, 4}, {2, 4}, {3, 5}]):
        world.say(burst(250, NOW + timedelta(hours=n), first=1000 * (n + 1)))
        world.faults(Faults(empty=empty))
        done = runs(world, first.cursor, NOW + timedelta(hours=n), 3 if world.page_size >= SMALL else 18)
        assert sum(new_ids(done, first)) == 250, empty
        first = merged(first, *done)
        first.cursor = done[-1].cursor


def an_empty_page_where_a_later_run_goes_on_is_not_the_end(world: World) -> None:
    first = started(world)
    world.say(burst(700, NOW, first=100))
    capped = run(world, first.cursor, NOW, pages=5)
    world.faults(Faults(empty={1}))
    later = runs(world, capped.cursor, NOW + timedelta(minutes=15), 18, pages=5)
    assert len(set(merged(capped, *later).ids) - set(first.ids)) == 700


def an_end_in_the_middle_is_asked_for_twice_before_it_is_the_end(world: World) -> None:
    first = started(world)
    world.say(burst(700, NOW, first=100))
    world.faults(Faults(ends={3}))
    capped = run(world, first.cursor, NOW, pages=5)
    world.faults(Faults(ends={1}))
    later = runs(world, capped.cursor, NOW + timedelta(hours=5), 18, pages=5)
    assert len(set(merged(capped, *later).ids) - set(first.ids)) == 700


def a_page_given_twice_loses_and_invents_nothing(world: World) -> None:
    first = started(world)
    world.say(burst(250, NOW, first=100))
    world.faults(Faults(duplicate={2}))
    assert new_ids([run(world, first.cursor, NOW)], first) == [250]


def a_kill_after_any_page_loses_and_doubles_nothing(world: World) -> None:
    first = started(world)
    world.say(burst(230, NOW, first=100))
    whole = run(world, first.cursor, NOW)
    for n in range(1, whole.pages + 1):
        killed = run(world, first.cursor, NOW, kill_after=n)
        rest = run(world, killed.cursor, NOW + timedelta(minutes=1))
        assert set(killed.ids) | set(rest.ids) >= set(whole.ids), f"killed after page {n}"
        assert len(set(merged(killed, rest).ids) - set(first.ids)) == 230


def the_cursor_stays_small(world: World) -> None:
    first = started(world)
    world.say(burst(700, NOW, first=100))
    for each in runs(world, first.cursor, NOW, 4, pages=5):
        assert len(json.dumps(each.cursor)) < 12_000


def a_renamed_field_stops_the_read_and_nothing_is_lost(world: World) -> None:
    """Rename a field of the network from one day on.

    An hour later the collector is updated to the new name, or the old one is back.
    """
    first = started(world)
    world.say(burst(120, NOW, first=100))
    world.stub.renamed = {world.essential: "another_name"}
    asked = world.listing.asked
    changed = run(world, first.cursor, NOW)
    assert isinstance(changed.error, AnswerChangedError), changed.error
    assert world.essential in str(changed.error), changed.error
    assert changed.ids == [], "no page with unreadable records was stored"
    assert changed.rejected == 0
    assert world.listing.asked == asked + 1, "and nothing more was asked for"
    assert [gap.reason for gap in changed.gaps] == ["unreadable"]
    paused = run(world, changed.cursor, NOW + timedelta(minutes=15))
    assert str(paused.error) == str(changed.error), "it stays red"
    assert world.listing.asked == asked + 1, "and is not asked again at once"
    again = run(world, paused.cursor, NOW + timedelta(minutes=70))
    assert isinstance(again.error, AnswerChangedError)
    assert again.gaps == []
    world.stub.renamed = {}
    mended = runs(world, again.cursor, NOW + timedelta(hours=4), 2)
    assert mended[0].error is None
    assert sum(new_ids(mended, first)) == 120
    assert len(mended[0].filled) > 0


def a_renamed_field_is_passed_by_a_person_s_word(world: World) -> None:
    first = started(world)
    world.say(burst(20, NOW, first=100))
    world.stub.renamed = {world.essential: "another_name"}
    changed = run(world, first.cursor, NOW)
    passed = run(world, accept_next_page(changed.cursor), NOW + timedelta(minutes=15))
    assert passed.error is None
    assert passed.rejected >= 20
    assert run(world, passed.cursor, NOW + timedelta(hours=2)).error is None, "it was said to be usual here"


Scenario = Callable[[World], None]

ALL: list[Scenario] = [
    a_burst_of_250_is_read_in_one_run,
    a_burst_of_700_over_a_cap_of_5_pages_is_finished_by_later_runs,
    a_burst_of_2010_over_a_cap_of_5_pages_is_finished_by_later_runs,
    posts_that_arrive_while_a_gap_is_open_are_read_too,
    posts_with_equal_timestamps_across_two_runs_are_all_read,
    one_post_dated_in_the_future_blinds_nothing,
    twenty_back_dated_posts_are_read,
    a_429_in_page_9_keeps_pages_1_to_8_and_the_rest_comes_later,
    a_429_in_page_3_keeps_pages_1_and_2_and_the_rest_comes_later,
    whatever_comes_instead_of_page_2_costs_no_post,
    texts_that_cannot_be_kept_are_counted_and_cost_no_other_post,
    the_hour_that_comes_twice_is_read_as_two_hours,
    a_token_that_repeats_for_ever_stops_with_a_gap_and_nothing_is_lost,
    an_empty_page_with_a_token_is_not_the_end,
    empty_pages_at_any_two_places_are_not_the_end,
    an_empty_page_where_a_later_run_goes_on_is_not_the_end,
    an_end_in_the_middle_is_asked_for_twice_before_it_is_the_end,
    a_page_given_twice_loses_and_invents_nothing,
    a_kill_after_any_page_loses_and_doubles_nothing,
    the_cursor_stays_small,
    a_renamed_field_stops_the_read_and_nothing_is_lost,
    a_renamed_field_is_passed_by_a_person_s_word,
]
