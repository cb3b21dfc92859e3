"""Test the queries and mentions that X is asked for, and queries that were changed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors import x
from core.records import Json
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, new_ids, run, runs
from tests.support.stubs.listing import Faults
from tests.support.stubs.server import Reply
from tests.support.stubs.x import XStub
from tests.support.worlds import CITY, X_SECRETS as SECRETS, XWorld


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def world(stub: XStub) -> XWorld:
    return XWorld(stub)


WIDER = "(Madrid OR @MADRID) lang:es"


@pytest.mark.parametrize("pages", [50, 2], ids=["in one run", "over many runs"])
def test_a_query_that_was_changed_after_an_outage_begins_where_the_old_one_was_last_read(world: XWorld, stub: XStub, pages: int) -> None:
    before = collector_runs.started(world)  # read to the end two hours before NOW
    world.say(burst(400, NOW + timedelta(days=2), first=100, step=timedelta(minutes=7)))  # nothing is read for two days
    changed = XWorld(stub, query=WIDER)
    done = collector_runs.runs(changed, before.cursor, NOW + timedelta(days=2), 4, pages=pages)
    assert sum(collector_runs.new_ids(done, before)) == 400


@pytest.mark.parametrize("changes", [(WIDER,), ("Madrid", WIDER)], ids=["once", "twice"])
def test_a_query_that_was_changed_while_its_first_read_was_open_leaves_nothing_unread(
    world: XWorld, stub: XStub, changes: tuple[str, ...]
) -> None:
    world.say(burst(500, NOW - timedelta(hours=1), step=timedelta(seconds=30)))
    first = run(world, None, NOW, pages=1)
    cursor, later = first.cursor, NOW + timedelta(days=2)  # the money of the month was used up meanwhile
    for query in changes:
        changed = XWorld(stub, query=query, user_id="1")
        cursor = run(changed, cursor, later, pages=1).cursor  # the mentions have their turn, the query has not
    done = runs(changed, cursor, later, 4)
    assert sum(new_ids(done, first)) == 400


def test_a_query_that_was_changed_after_a_read_of_several_runs_begins_where_the_first_of_them_began(world: XWorld, stub: XStub) -> None:
    world.say(burst(200, NOW - timedelta(minutes=1)))
    first = run(world, None, NOW, pages=1)
    world.say(burst(50, NOW + timedelta(minutes=10), first=1000))
    second = run(world, first.cursor, NOW + timedelta(minutes=15), pages=1)  # what was open is read; nothing newer
    assert len({*first.ids, *second.ids}) == 200
    later = run(XWorld(stub, query=WIDER), second.cursor, NOW + timedelta(days=2))
    assert len({*first.ids, *second.ids, *later.ids}) == 250


def test_a_query_that_was_changed_in_time_looks_back_as_a_new_one_does(world: XWorld, stub: XStub) -> None:
    world.say(burst(3, NOW - timedelta(days=3)))
    first = run(world, None, NOW - timedelta(days=3))
    quiet = run(world, first.cursor, NOW - timedelta(minutes=15))  # nothing new for three days, and all of them read
    run(XWorld(stub, query=WIDER), quiet.cursor, NOW)
    assert stub.requests[-1].query["start_time"] == (NOW - timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_mentions_are_read_first_and_cost_a_fifth_when_they_are_the_citys_own(stub: XStub) -> None:
    world = XWorld(stub, user_id="12345", owned_reads=True)
    stub.mentions.posts = burst(3, NOW - timedelta(minutes=30), first=1)
    stub.search.posts = burst(2, NOW - timedelta(minutes=20), first=10)
    done = run(world, None, NOW)
    assert len(done.ids) == 5
    assert [request.path for request in stub.requests] == ["/2/users/12345/mentions", "/2/tweets/search/recent"]
    # 100 mentions at 0.001, a page of the search at 0.005 a post
    assert world.prepaid == [0.1, 0.5]


def test_mentions_that_end_with_a_few_hidden_ones_are_told_as_cut(stub: XStub) -> None:
    world = XWorld(stub, user_id="1", own_handle="@MADRID", search=False)
    stub.mentions.posts = burst(30, NOW - timedelta(hours=3))
    first = run(world, None, NOW - timedelta(hours=2))
    # X lists the newest 800 of 1,200, and leaves out 5 of protected accounts
    stub.mentions.posts = burst(1200, NOW, first=100)[-800:][5:]
    second = run(world, first.cursor, NOW)
    assert len(second.ids) == 795
    assert [gap.reason for gap in second.gaps] == ["look_back"]


def test_without_the_search_only_the_mentions_are_asked_for(stub: XStub) -> None:
    world = XWorld(stub, query="", user_id="12345", own_handle="@MADRID", search=False)
    stub.search.posts = burst(2, NOW - timedelta(minutes=20))
    stub.mentions.posts = burst(3, NOW - timedelta(minutes=30), first=10)
    assert len(run(world, None, NOW).ids) == 3
    assert {request.path for request in stub.requests} == {"/2/users/12345/mentions"}
    assert "match the first query" in x.check(CITY, world.options, SECRETS)
    assert stub.requests[-1].query["query"].startswith("@MADRID")


def test_neither_search_nor_mentions_is_no_way_to_listen() -> None:
    with pytest.raises(ValueError, match="set user_id and own_handle"):
        x.Options(search=False, user_id="12345")


def test_mentions_that_are_forbidden_do_not_stop_the_search(stub: XStub) -> None:
    world = XWorld(stub, user_id="12345")
    stub.mentions.faults = Faults(replies={1: Reply({"title": "client-forbidden"}, 403)})
    stub.search.posts = burst(2, NOW - timedelta(minutes=20))
    done = run(world, None, NOW)
    assert len(done.ids) == 2
    assert "403" in str(done.error)


def test_a_query_that_x_does_not_accept_keeps_no_mention_from_being_read(stub: XStub) -> None:
    wrong = Reply({"errors": [{"message": "Invalid 'query'"}], "title": "Invalid Request"}, 400)
    stub.search.faults = Faults(replies=dict.fromkeys(range(1, 9), wrong))
    world = XWorld(stub, user_id="12345", query="Madrid (")
    seen: set[str] = set()
    cursor: Json | None = None
    for n in range(3):
        at = NOW + timedelta(minutes=15 * n)
        stub.mentions.posts += burst(3, at - timedelta(minutes=1), first=10 * n + 1)
        done = run(world, cursor, at)
        cursor, seen = done.cursor, seen | set(done.ids)
        assert "most often because of the query in [sources.x]" in str(done.error)
        assert not done.error.fatal  # type: ignore[union-attr]  # the mentions are worth another try
    assert len(seen) == 9


def test_the_same_post_found_by_search_and_as_a_mention_is_one_post(stub: XStub) -> None:
    world = XWorld(stub, user_id="12345")
    stub.mentions.posts = stub.search.posts = burst(4, NOW - timedelta(minutes=30))
    assert len(set(run(world, None, NOW).ids)) == 4


@pytest.mark.parametrize(
    ("table", "names", "handles", "expected"),
    [
        ({"query": "(a OR b) lang:es"}, ["Madrid"], [], ["(a OR b) lang:es"]),
        ({}, ["Madrid"], ["@MADRID", "@Lineamadrid"], ["(Madrid OR @MADRID OR @Lineamadrid) (lang:es OR lang:en)"]),
        ({}, ["Las Rozas", "OR"], [], ['("Las Rozas" OR "OR") (lang:es OR lang:en)']),
    ],
    ids=["own query", "names and handles", "phrases and words of the query language"],
)
def test_the_query_is_bracketed_so_that_the_language_applies_to_every_name(
    table: dict[str, str], names: list[str], handles: list[str], expected: list[str]
) -> None:
    city = CITY.model_copy(update={"questions": {"relevance": {"names": names}}, "handles": tuple(handles)})
    assert x.query(city, x.Options.model_validate(table)) == expected


def test_a_query_longer_than_512_characters_becomes_several_and_none_excludes_replies() -> None:
    names = [f"Barrio número {n} de la ciudad" for n in range(60)]
    city = CITY.model_copy(update={"questions": {"relevance": {"names": names}}, "handles": ()})
    queries = x.query(city, x.Options())
    assert max(map(len, queries)) <= 512
    assert sum(query.count("Barrio número") for query in queries) == 60
    assert not any("-is" in query or "is:" in query for query in queries)
