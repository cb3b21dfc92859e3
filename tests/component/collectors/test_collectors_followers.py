"""Followers of an author are requested only where the profile pays for them; a check for deletions brings the counts it is given."""

from typing import Any

import pytest

from collectors import bluesky, reddit, x, youtube
from core.privacy.pseudonymise import pseudonymise
from core.records.collection import Budget
from core.records.post import Reach
from tests.support.collector_runs import NOW, burst
from tests.support.stubs.bluesky import BlueskyStub, uri_of
from tests.support.stubs.listing import Said
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.x import USER_METRICS, XStub, snowflake
from tests.support.stubs.youtube import YoutubeStub, id_of
from tests.support.worlds import BLUESKY_SECRETS, CITY, REDDIT_SECRETS, X_SECRETS, YOUTUBE_SECRETS, XWorld

pytestmark = pytest.mark.usefixtures("nobody_sleeps")
SALT = b"s" * 32
ONE = Budget(now=NOW, until=NOW)


@pytest.mark.parametrize("mode", ["old", "new"])
@pytest.mark.parametrize(("options", "band"), [({"followers": True}, "over_10k"), ({}, None), ({"expand_authors": True}, None)])
def test_x_gives_followers_in_both_contracts_where_they_are_paid_for(mode: str, options: dict[str, Any], band: str | None) -> None:
    with XStub(mode=mode) as stub:
        stub.search.posts = burst(3, NOW)
        world = XWorld(stub, **options)
        raws = [raw for page in world.collect(None, Budget(now=NOW, until=NOW)) for raw in page.raws]
        assert {raw.followers for raw in raws} == ({USER_METRICS["followers_count"]} if band else {None})
        assert {pseudonymise(raw, CITY, SALT).followers_band for raw in raws} == {band}
        assert all(raw.handle is None for raw in raws), "X includes the author's name too: it is not used"
        asked = stub.requests[-1].query
        assert ("user.fields" in asked) is bool(band)
        assert world.prepaid[-1] == pytest.approx(1.5 if asked.get("expansions") else 0.5)


def test_a_page_of_x_without_authors_or_with_strange_ones_is_read_all_the_same() -> None:
    from collectors.x.vocabulary import with_followers

    posts: list[Any] = [{"id": "1", "author_id": "7"}, "strange", {"id": "2"}]
    for users in (None, [], ["7"], [{"id": "7"}], [{"id": "7", "public_metrics": None}]):
        got = with_followers({"data": posts, "includes": {"users": users}})
        assert [one["id"] for one in got if isinstance(one, dict)] == ["1", "2"]
        assert not any(isinstance(one, dict) and one.get("author_followers") for one in got)


def test_the_price_of_authors_is_in_what_check_and_cost_say() -> None:
    with XStub() as stub:
        stub.search.posts = burst(200, NOW)
        plain, paid = (x.Options(base_url=stub.url, query="Madrid", followers=one) for one in (False, True))
        assert x.check(CITY, plain, X_SECRETS).endswith("costs 1.00 USD")
        assert x.check(CITY, paid, X_SECRETS).endswith("costs 3.00 USD")
        cheap, dear = (x.cost(CITY, one, X_SECRETS, ONE)[-1].usd_a_month for one in (plain, paid))
        assert dear == pytest.approx(3 * cheap, rel=0.01)


@pytest.mark.parametrize("mode", ["old", "new"])
def test_a_check_for_deletions_on_x_brings_the_counts_for_the_price_of_the_posts(mode: str) -> None:
    said = Said(1, NOW)
    with XStub(mode=mode) as stub:
        stub.search.posts = [said]
        stub.more[1] = {"public_metrics": {"like_count": 5, "retweet_count": 2, "quote_count": 1, "reply_count": 3}}
        one = str(snowflake(said))
        found = x.find_deleted(CITY, x.Options(base_url=stub.url, followers=True), X_SECRETS, [one], ONE)
        assert found == {one: Reach(likes=5, shares=3, replies=3)}
        assert list(stub.bill.values()) == [0.005]
        assert all("expansions" not in request.query for request in stub.requests)


def test_a_check_for_deletions_on_bluesky_reddit_and_youtube_brings_the_counts_too() -> None:
    said = Said(1, NOW)
    with BlueskyStub() as stub:
        stub.search.posts = [said]
        found = bluesky.find_deleted(CITY, bluesky.Options(base_url=stub.url), BLUESKY_SECRETS, [uri_of(said)], ONE)
        assert found == {uri_of(said): Reach(likes=5, shares=3, replies=3)}
    with RedditStub() as stub_of_reddit:
        data = {"name": "t1_c1", "body": "Sin luz", "score": 7, "author": "vecino", "created_utc": NOW.timestamp()}
        stub_of_reddit.elsewhere = {"r/Madrid/comments": [{"kind": "t1", "data": data}]}
        options = reddit.Options(base_url=stub_of_reddit.url)
        assert reddit.find_deleted(CITY, options, REDDIT_SECRETS, ["t1_c1"], ONE) == {"t1_c1": Reach(likes=7)}
    with YoutubeStub() as stub_of_youtube:
        stub_of_youtube.search.posts = [said]
        channel = youtube.Options(base_url=stub_of_youtube.url, channels=("UC" + "o" * 22,))
        found = youtube.find_deleted(CITY, channel, YOUTUBE_SECRETS, [id_of(said)], ONE)
        assert found == {id_of(said): Reach(likes=4)}
