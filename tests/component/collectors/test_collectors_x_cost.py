"""What a plan of listening on X costs, by hand: which counts are asked for, what each costs, and what a month of it comes to."""

from collections.abc import Iterator

import pytest

from collectors.x.client import open_client
from collectors.x.plans import Estimate, count_posts
from core.errors import AnswerChangedError
from core.records.collection import Budget
from tests.support.collector_runs import NOW
from tests.support.stubs.x import XStub

HOUR = 60
"""Minutes."""


class Paid:
    """A budget that remembers what it was asked for."""

    def __init__(self) -> None:
        self.spent: list[tuple[int, float]] = []
        self.budget = Budget(now=NOW, until=NOW, _spend=lambda requests, usd: self.spent.append((requests, usd)))


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def paid() -> Paid:
    return Paid()


@pytest.fixture
def estimate(stub: XStub, paid: Paid) -> Iterator[Estimate]:
    with open_client("token-of-test", stub.url, "escucha/test") as client:
        yield Estimate(client, paid.budget, mention_usd=0.001, every=HOUR)


def test_a_count_is_one_request_that_is_paid_before_it_is_sent(stub: XStub, estimate: Estimate, paid: Paid) -> None:
    stub.counts = {"Madrid": 70}
    assert count_posts(estimate.client, "Madrid", estimate.budget) == 70
    assert paid.spent == [(1, 0.005)]
    (request,) = stub.requests
    assert (request.query["query"], request.query["granularity"]) == ("Madrid -is:retweet", "day")


def test_a_count_without_a_sum_is_refused_by_the_name_of_xs_newer_contract(stub: XStub, estimate: Estimate) -> None:
    stub.renamed = {"total_tweet_count": "sum_of_posts"}
    with pytest.raises(AnswerChangedError, match=r"missing_field: meta\.total_post_count"):
        count_posts(estimate.client, "Madrid", estimate.budget)


@pytest.mark.parametrize(("length", "without"), [(500, True), (501, False)])
def test_a_query_that_is_too_long_for_it_is_counted_with_its_retweets(stub: XStub, estimate: Estimate, length: int, without: bool) -> None:
    query = "a" * length
    count_posts(estimate.client, query, estimate.budget)
    asked = stub.requests[0].query["query"]
    assert asked == (f"{query} -is:retweet" if without else query)
    assert len(asked) <= 512  # X refuses a longer one


def test_a_plan_adds_mentions_at_their_price_and_searches_at_that_of_a_post(stub: XStub, estimate: Estimate) -> None:
    stub.counts = {"@MADRID": 700, "Madrid": 1400, "Alcorcón": 7}
    plan = estimate.plan("all", "@MADRID", ["Madrid", "Alcorcón"])
    assert plan.queries == ("mentions of @MADRID", "Madrid", "Alcorcón")
    assert plan.posts_a_week == 2107
    # three streams asked every hour of 30 days, and 9,030 posts by the hundred
    assert plan.requests_a_month == 3 * 720 + 90
    # 3,000 mentions at 0.001, and 6,030 posts at 0.005
    assert plan.usd_a_month == 33.15


def test_a_plan_without_mentions_names_none_and_asks_for_none(stub: XStub, estimate: Estimate) -> None:
    stub.counts = {"Madrid": 1}
    plan = estimate.plan("search", "", ["Madrid"])
    assert (plan.queries, plan.posts_a_week, plan.requests_a_month) == (("Madrid",), 1, 720)
    assert plan.usd_a_month == 0.02  # 4.3 posts: 2.1 cents
    assert len(stub.requests) == 1


def test_each_query_is_counted_once_whichever_plans_it_stands_in(stub: XStub, estimate: Estimate, paid: Paid) -> None:
    stub.counts = {"@MADRID": 7, "Madrid": 7}
    plans = [estimate.plan(name, "@MADRID", ["Madrid", "Madrid"]) for name in "ab"]
    assert [plan.posts_a_week for plan in plans] == [21, 21]
    assert paid.spent == [(1, 0.005)] * 2
