"""The Discourse collector against a stub, through real HTTP."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from collectors import discourse
from core.errors import SourceError
from core.records.collection import Budget
from core.records.post import Raw
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.discourse import DiscourseStub, message
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply, Request, Stub
from tests.support.worlds import CITY, DiscourseWorld


@pytest.fixture
def forum() -> Iterator[DiscourseStub]:
    with DiscourseStub() as running:
        yield running


def test_the_first_read_ends_at_the_look_back_also_when_it_takes_several_runs(forum: DiscourseStub) -> None:
    world = DiscourseWorld(forum, look_back=timedelta(days=1))
    world.say(burst(500, NOW - timedelta(days=3)))
    world.say(burst(120, NOW, first=1000))
    first = run(world, None, NOW, pages=1)
    second = run(world, first.cursor, NOW + timedelta(days=2))  # by then all of them are older than a day
    assert len({*first.ids, *second.ids} & {f"{forum.url.removeprefix('http://')}:{n}" for n in range(1000, 1120)}) == 120
    assert len({*first.ids, *second.ids}) < 200


@pytest.mark.parametrize("includes_before", [True, False], ids=["until 2026", "since"])
def test_a_small_forum_is_read_to_its_end_without_a_gap(forum: DiscourseStub, includes_before: bool) -> None:
    forum.includes_before = includes_before
    world = DiscourseWorld(forum)
    world.say(burst(60, NOW - timedelta(hours=2)))
    first = run(world, None, NOW - timedelta(hours=1))
    world.say(burst(20, NOW, first=100))
    second = run(world, first.cursor, NOW)
    assert (len(set(first.ids)), len(set(second.ids) - set(first.ids))) == (60, 20)
    assert (first.gaps, second.gaps, second.pages) == ([], [], 3)


def test_what_stands_below_many_messages_that_strangers_may_not_see_is_read(forum: DiscourseStub) -> None:
    """A talk of the moderators in the middle: the page below it shows nothing lower, and is not the end."""
    forum.includes_before = True
    world = DiscourseWorld(forum, overlap=0)
    world.say(burst(30, NOW - timedelta(hours=3)))
    first = run(world, None, NOW - timedelta(hours=2))
    world.say(burst(200, NOW, first=100))
    forum.hidden = set(range(180, 251))
    second = run(world, first.cursor, NOW)
    assert len(set(second.ids) - set(first.ids)) == 200 - 71
    assert second.gaps == []


def test_a_reply_keeps_its_thread_and_an_author_who_left_is_none(forum: DiscourseStub) -> None:
    item = message(Said(9, NOW), post_number=4, topic_id=3, user_id=None, site="https://foro.example/sub")
    raw = discourse.parse({"item": item, "place": "p", "received_at": NOW.isoformat(), "own": []})
    assert isinstance(raw, Raw)
    assert (raw.native_id, raw.kind, raw.thread_id) == ("foro.example:9", "reply", "foro.example:topic:3")
    assert (raw.author_id, raw.text, raw.url) == (None, Said(9, NOW).text, "https://foro.example/sub/t/bache/3/4")


class TwoForums(Stub):
    """Two forums in folders of one host; each counts from 1, and the second one has lost its first message."""

    def answer(self, request: Request) -> Reply:
        _, name, path = request.path.split("/", 2)
        if path != "posts.json":
            return Reply({"id": 1}, 404 if (name, path) == ("barrio", "posts/1.json") else 200)
        said = [] if request.query.get("before") else [Said(n, NOW, text=f"Dicho en {name}") for n in (2, 1)]
        return Reply({"latest_posts": [message(one) for one in said]})


def test_two_forums_on_one_host_share_no_ids() -> None:
    with TwoForums() as host:
        options = discourse.Options.model_validate({"sites": [f"{host.url}/foro", f"{host.url}/barrio"]})
        pages = discourse.collect(CITY, options, None, None, Budget(now=NOW, until=NOW))
        raws = {raw.native_id: raw for page in pages for raw in page.raws}
        place = host.url.removeprefix("http://")
        foro, barrio = raws[f"{place}/foro:1"], raws[f"{place}/barrio:1"]
        assert len(raws) == 4
        assert (foro.text, barrio.text) == ("Bache. Dicho en foro", "Bache. Dicho en barrio")
        assert (foro.author_id, barrio.author_id) == (f"{place}/foro:7", f"{place}/barrio:7")
        assert (foro.thread_id, barrio.thread_id) == (f"{place}/foro:topic:1", f"{place}/barrio:topic:1")
        gone = discourse.find_deleted(CITY, options, None, [*raws, f"{place}:1"], Budget(now=NOW, until=NOW))
        assert gone == {one: one == f"{place}/barrio:1" for one in raws}  # of `:1` nobody can say whose it is


def test_a_forum_that_is_closed_does_not_stop_the_others(forum: DiscourseStub) -> None:
    with DiscourseStub() as closed:
        closed.search.faults = Faults(replies={1: Reply({"errors": ["login"]}, 403)})
        world = DiscourseWorld(forum, sites=(closed.url, forum.url))
        world.say(burst(3, NOW))
        done = run(world, None, NOW)
        assert len(set(done.ids)) == 3
        assert f"{closed.url} returned 403: not public" in str(done.error)


def test_a_forum_that_nests_its_answer_without_end_does_not_stop_the_others(forum: DiscourseStub) -> None:
    with DiscourseStub() as hostile:
        hostile.search.faults = Faults(replies={1: Reply(b'{"latest_posts":' + b"[" * 3000 + b"]" * 3000 + b"}")})
        world = DiscourseWorld(forum, sites=(hostile.url, forum.url))
        world.say(burst(3, NOW))
        done = run(world, None, NOW)
        assert len(set(done.ids)) == 3
        assert f"{hostile.url} gave no usable answer" in str(done.error)


def test_gone_is_what_is_not_there_any_more_and_never_what_did_not_answer(forum: DiscourseStub) -> None:
    world = DiscourseWorld(forum)
    world.say(burst(2, NOW))
    forum.deleted = {2}
    host = forum.url.removeprefix("http://")
    ids = [f"{host}:1", f"{host}:2", "another.example:1"]
    found = discourse.find_deleted(CITY, world.options, None, ids, Budget(NOW, NOW))
    assert found == {ids[0]: False, ids[1]: True}


def test_a_forum_that_is_away_hides_from_nobody_what_is_gone_elsewhere(forum: DiscourseStub) -> None:
    forum.deleted = {2}
    away, host = "127.0.0.1:9", forum.url.removeprefix("http://")
    options = discourse.Options(sites=(f"http://{away}", forum.url))
    ids = [f"{away}:1", f"{host}:1", f"{host}:2"]
    assert discourse.find_deleted(CITY, options, None, ids, Budget(NOW, NOW)) == {ids[1]: False, ids[2]: True}


def test_check_says_what_it_found_or_why_not(forum: DiscourseStub) -> None:
    forum.search.posts = burst(3, datetime.now(NOW.tzinfo))
    assert discourse.check(CITY, discourse.Options(sites=(forum.url,)), None) == f"{forum.url} shows its 3 latest messages"
    forum.search.faults, forum.search.asked = Faults(replies={1: Reply(b"<html></html>")}), 0
    with pytest.raises(SourceError, match="the response is not JSON"):
        discourse.check(CITY, discourse.Options(sites=(forum.url,)), None)
