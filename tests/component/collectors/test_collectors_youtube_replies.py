"""Test the replies to comments on YouTube: each is read, in later runs too, or is a gap."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.records import Json
from core.records.collection import Budget, Gap
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.listing import Said
from tests.support.stubs.server import Reply
from tests.support.stubs.youtube import CHANNEL, YoutubeStub, comment, id_of, refusal
from tests.support.worlds import YoutubeWorld

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
OTHER = "UC" + "o" * 22


@pytest.fixture
def stub() -> Iterator[YoutubeStub]:
    with YoutubeStub() as running:
        yield running


@pytest.fixture
def world(stub: YoutubeStub) -> YoutubeWorld:
    return YoutubeWorld(stub)


def replies(thread: Said, count: int) -> list[dict[str, Any]]:
    moment = thread.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [comment(f"{id_of(thread)}.{n}", moment, f"Aquí también ({n})", parentId=id_of(thread)) for n in range(count)]


def asked(stub: YoutubeStub, path: str) -> int:
    return sum(request.path == f"/youtube/v3/{path}" for request in stub.requests)


def test_replies_that_stand_beside_their_comment_cost_nothing_more(world: YoutubeWorld) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = world.stub.beside[id_of(said)] = replies(said, 3)
    done = run(world, None, NOW)
    assert done.ids == [id_of(said), *(f"{id_of(said)}.{n}" for n in range(3))]
    assert asked(world.stub, "comments") == 0


def test_the_other_replies_are_asked_for_page_by_page_and_again_only_when_there_are_more(world: YoutubeWorld) -> None:
    said = Said(1, NOW - timedelta(hours=1))
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 250)
    world.stub.beside[id_of(said)] = replies(said, 5)
    first = run(world, None, NOW)
    assert len(set(first.ids)) == 251
    assert asked(world.stub, "comments") == 3
    second = run(world, first.cursor, NOW + timedelta(minutes=30))
    assert asked(world.stub, "comments") == 3  # nothing new: nothing asked
    world.stub.replies[id_of(said)] = replies(said, 252)
    third = run(world, second.cursor, NOW + timedelta(hours=1))
    assert collector_runs.new_ids([third], first) == [2]


def test_replies_that_a_full_run_could_not_read_are_read_by_the_next_ones(world: YoutubeWorld) -> None:
    said = burst(30, NOW)
    world.say(said)
    world.stub.replies |= {id_of(one): replies(one, 10) for one in said}
    done = collector_runs.runs(world, None, NOW, 12, pages=4)
    assert len({native_id for each in done for native_id in each.ids}) == 30 + 300
    assert done[0].pages == 4
    assert done[-1].cursor["streams"][f"channel {CHANNEL}"]["owed"] == {}  # type: ignore[index,call-overload]


@pytest.mark.parametrize("killed_after", range(1, 5))
def test_a_kill_between_the_replies_loses_none(world: YoutubeWorld, killed_after: int) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 250)
    killed = run(world, None, NOW, kill_after=killed_after)
    rest = run(world, killed.cursor, NOW + timedelta(minutes=1))
    assert len({*killed.ids, *rest.ids}) == 251


def test_a_comment_deleted_before_its_replies_were_read_is_handed_over_as_deleted(world: YoutubeWorld) -> None:
    said = Said(1, NOW)
    world.say([said])
    world.stub.replies[id_of(said)] = replies(said, 10)
    world.stub.closed[id_of(said)] = refusal(404, "commentNotFound")
    pages = list(world.collect(None, Budget(now=NOW, until=NOW)))
    assert [page.deleted for page in pages] == [(), (id_of(said),)]
    assert pages[-1].cursor["streams"][f"channel {CHANNEL}"]["owed"] == {}  # type: ignore[index,call-overload]


REPLIES = f"channel {CHANNEL} replies"


def owed(cursor: Any) -> dict[str, Any]:
    return cursor["streams"][f"channel {CHANNEL}"]["owed"]  # type: ignore[no-any-return]


def crowded(world: YoutubeWorld) -> tuple[Said, Said]:
    """Two comments with ten replies each; those of the first, YouTube will not show."""
    closed, open_ = Said(1, NOW - timedelta(hours=1)), Said(2, NOW - timedelta(hours=2))
    world.say([closed, open_])
    world.stub.replies = {id_of(one): replies(one, 10) for one in (closed, open_)}
    world.stub.closed[id_of(closed)] = refusal(400, "processingFailure")
    return closed, open_


@pytest.mark.parametrize("reply", [refusal(400, "processingFailure"), refusal(403, "forbidden"), Reply({}, 500)])
def test_replies_that_are_refused_for_ever_are_a_gap_and_keep_nothing_else_from_being_read(world: YoutubeWorld, reply: Reply) -> None:
    closed, open_ = crowded(world)
    world.stub.closed[id_of(closed)] = reply
    ids: set[str] = set()
    cursor: Json | None = None
    gaps: list[Gap] = []
    for n in range(8):
        world.say([Said(100 + n, NOW + timedelta(minutes=30 * n))])
        done = run(world, cursor, NOW + timedelta(minutes=30 * n + 1))
        assert (done.error, done.filled) == (None, [])
        ids, cursor, gaps = ids | set(done.ids), done.cursor, [*gaps, *done.gaps]
    assert ids == {id_of(closed), *(f"{id_of(open_)}.{n}" for n in range(10)), id_of(open_)} | {id_of(Said(100 + n, NOW)) for n in range(8)}
    assert [(gap.stream, gap.reason) for gap in gaps] == [(REPLIES, "refused")] * 5
    assert owed(cursor) == {}  # five runs are enough: they are asked for no more


def test_replies_that_were_refused_for_a_while_are_read_in_the_end_and_close_their_gap(world: YoutubeWorld) -> None:
    closed, _ = crowded(world)
    first = run(world, None, NOW)
    assert [gap.stream for gap in first.gaps] == [REPLIES]
    world.stub.closed = {}
    second = run(world, first.cursor, NOW + timedelta(minutes=30))
    assert second.filled == [REPLIES]
    assert set(second.ids) >= {f"{id_of(closed)}.{n}" for n in range(10)}


def test_a_gap_stays_open_when_some_of_its_replies_were_given_up(world: YoutubeWorld) -> None:
    closed, open_ = crowded(world)
    world.stub.closed[id_of(open_)] = refusal(403, "forbidden")
    done = collector_runs.runs(world, None, NOW, 4)
    late = Said(3, NOW)
    world.say([late])
    world.stub.replies[id_of(late)] = replies(late, 10)
    world.stub.closed[id_of(late)] = refusal(403, "forbidden")
    fifth = run(world, done[-1].cursor, NOW + timedelta(hours=1))
    assert list(owed(fifth.cursor)) == [id_of(late)]
    world.stub.closed = {}
    healed = run(world, fifth.cursor, NOW + timedelta(hours=2))
    assert (owed(healed.cursor), healed.filled) == ({}, [])
    assert not any(one.startswith(f"{id_of(closed)}.") for one in healed.ids)


def test_an_outage_gives_up_no_replies(world: YoutubeWorld) -> None:
    closed, _ = crowded(world)
    first = run(world, None, NOW)
    answer, world.stub.answer = world.stub.answer, lambda request: Reply({}, 500)  # type: ignore[method-assign]
    out = collector_runs.runs(world, first.cursor, NOW + timedelta(minutes=30), 8)
    assert {str(one.error) for one in out} == {"YouTube gave no usable answer (500); tried again later"}
    world.stub.answer, world.stub.closed = answer, {}  # type: ignore[method-assign]
    healed = run(world, out[-1].cursor, NOW + timedelta(hours=5))
    assert set(healed.ids) >= {f"{id_of(closed)}.{n}" for n in range(10)}


def test_a_channel_that_is_watched_no_more_takes_the_gap_of_its_replies_with_it(world: YoutubeWorld) -> None:
    crowded(world)
    first = run(world, None, NOW)
    world.options = world.options.model_copy(update={"channels": (OTHER,)})
    pages = list(world.collect(first.cursor, Budget(now=NOW, until=NOW)))
    assert pages[0].dropped == (f"channel {CHANNEL}", REPLIES)


@pytest.mark.parametrize("at_the_top", [True, False], ids=["newest first", "oldest first"])
def test_a_reply_that_comes_while_the_others_are_being_read_is_read_too(world: YoutubeWorld, at_the_top: bool) -> None:
    said = Said(1, NOW - timedelta(hours=1))
    world.say([said])
    there = world.stub.replies[id_of(said)] = replies(said, 250)
    first = run(world, None, NOW, pages=2)  # the comments, and a hundred of the replies
    (late,) = replies(said, 251)[250:]
    there.insert(0 if at_the_top else len(there), late)
    rest = collector_runs.runs(world, first.cursor, NOW + timedelta(minutes=30), 6, pages=2)
    assert len({*first.ids, *(one for each in rest for one in each.ids)}) == 252
    assert owed(rest[-1].cursor) == {}
