"""When the X collector pays: a page before it is asked, and never twice. What a city spends in a month: `test_collectors_x_money.py`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from collector_runs import NOW, Run, burst, run
from stubs.listing import Faults
from stubs.server import Reply
from stubs.x import XStub
from worlds import CITY, XWorld
from worlds import X_SECRETS as SECRETS

from collectors import x
from core.errors import BudgetSpentError
from core.page import Budget

HTML = Reply(b"<html>over capacity</html>", 503, {"Content-Type": "text/html"})


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def world(stub: XStub) -> XWorld:
    return XWorld(stub)


def test_a_page_is_paid_for_before_it_is_asked_and_the_rest_pays_for_the_next(world: XWorld) -> None:
    world.say(burst(30, NOW - timedelta(hours=1)))
    first = run(world, None, NOW)
    # a page of 100 at 0.005: 0.50 paid, 30 used (0.15), 0.35 left
    assert world.spent == [(1, 0.5)]
    assert first.cursor is not None
    assert first.cursor["prepaid_usd"] == 0.35
    world.say(burst(4, NOW + timedelta(minutes=5), first=40))
    second = run(world, first.cursor, NOW + timedelta(minutes=15))
    # 0.15 tops the deposit up to 0.50; 4 used (0.02)
    assert world.spent[1:] == [(1, 0.15)]
    assert second.cursor is not None
    assert second.cursor["prepaid_usd"] == 0.48
    # paid 0.65 = 34 posts (0.17) + what is left (0.48)


def test_a_refused_page_is_not_paid_twice(world: XWorld) -> None:
    world.faults(Faults(replies={1: HTML, 2: HTML}))
    first = run(world, None, NOW)
    second = run(world, first.cursor, NOW + timedelta(minutes=15))
    assert second.error is not None
    assert world.spent == [(1, 0.5), (1, 0.0)]


def test_without_money_nothing_is_asked_and_earlier_pages_are_kept(stub: XStub) -> None:
    stub.search.posts = burst(250, NOW - timedelta(hours=1))
    purse = [1.0]  # pays two pages of 100

    def spend(requests: int, usd: float) -> None:
        if usd > purse[0]:
            raise BudgetSpentError("the month's budget of [sources.x] is used up")
        purse[0] -= usd

    generator = x.collect(
        CITY,
        x.Options(base_url=stub.url, query="Madrid lang:es"),
        SECRETS,
        None,
        Budget(now=NOW, until=NOW, pages=10, _spend=spend),
    )
    done, pages = Run(), []
    with pytest.raises(BudgetSpentError):
        pages += (done.took(page) for page in generator)
    assert len(done.ids) == 200
    assert len(stub.requests) == 2
    assert [gap.reason for gap in done.gaps] == ["budget"]
