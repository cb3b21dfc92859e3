"""Lemmy: what is asked, what a removal between two runs may cost (nothing), and what is said of deletions and refusals."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors import lemmy
from core.records.collection import Budget
from core.records.post import Reach
from tests.support.collector_runs import NOW, burst, run
from tests.support.network import CITY
from tests.support.networks.lemmy import LemmyStub, LemmyWorld
from tests.support.stubs.server import Reply


@pytest.fixture
def world() -> Iterator[LemmyWorld]:
    with LemmyStub() as stub:
        yield LemmyWorld(stub)


def test_posts_and_comments_are_searched_and_communities_read_whole(world: LemmyWorld) -> None:
    world.options = lemmy.Options(servers=(world.stub.url,), queries=("Getafe",), communities=("madrid@lemmy.example",), kinds=("posts",))
    world.say(burst(3, NOW))
    assert len(set(run(world, None, NOW).ids)) == 3
    asked = [(one.path, one.query) for one in world.stub.requests]
    common = {"sort": "New", "limit": "50", "page": "1"}
    assert ("/api/v3/search", {"type_": "Posts", "q": "Getafe", **common}) in asked
    assert ("/api/v3/post/list", {"type_": "All", "community_name": "madrid@lemmy.example", **common}) in asked


def test_a_removal_between_two_runs_hides_nothing_behind_the_edge_of_a_page(world: LemmyWorld) -> None:
    """Fifty posts of the pages that were read go; what was at the top of page 4 is now at the top of page 3."""
    world.options = world.options.model_copy(update={"overlap": 0})
    world.say(burst(300, NOW))
    first = run(world, None, NOW, pages=3)
    world.listing.posts = [one for one in world.listing.posts if f"{world.stub.url}/post/{one.number}" not in first.ids[:50]]
    later = run(world, first.cursor, NOW + timedelta(minutes=15))
    assert len(set(first.ids) | set(later.ids)) == 300


def test_a_deleted_post_is_told_by_its_own_server_and_one_that_is_there_has_its_counts(world: LemmyWorld) -> None:
    world.say(burst(3, NOW, first=1))
    removed = world.stub.view(world.listing.posts[1])
    removed["post"] |= {"removed": True}
    world.stub.deleted = {1: Reply({"error": "couldnt_find_post"}, 404), 2: Reply({"post_view": removed})}
    ids = [f"{world.stub.url}/post/{n}" for n in (1, 2, 3)] + ["https://elsewhere.example/post/1"]
    found = lemmy.find_deleted(CITY, world.options, None, ids, Budget(now=NOW, until=NOW))
    assert found == {ids[0]: True, ids[1]: True, ids[2]: Reach(likes=3, replies=2)}
    assert [lemmy.server_of(world.options, one) for one in ids[2:]] == [world.stub.url, None]


def test_a_closed_server_is_told_in_words_and_an_open_one_with_what_it_finds(world: LemmyWorld) -> None:
    world.say(burst(3, NOW))
    assert lemmy.check(CITY, world.options, None) == f"{world.stub.url} finds 3 posts"
    world.stub.answer = lambda request: Reply({"error": "instance_is_private"}, 401)  # type: ignore[method-assign]
    told = str(run(world, None, NOW).error)
    assert f"{world.stub.url} returned 401: not public, or its address in [sources.lemmy] is wrong" in told
