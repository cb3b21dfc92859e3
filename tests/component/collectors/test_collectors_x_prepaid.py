"""When the X collector pays: a page before it is asked. What a city spends in a month: `test_collectors_x_money.py`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors import x
from core.errors import BudgetSpentError
from core.records.collection import Budget
from tests.support.collector_runs import NOW, Run, burst, run
from tests.support.stubs.x import XStub
from tests.support.worlds import CITY, X_SECRETS as SECRETS, XWorld


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def world(stub: XStub) -> XWorld:
    return XWorld(stub)


def test_every_page_is_paid_for_in_full_before_it_is_asked(world: XWorld) -> None:
    world.say(burst(130, NOW - timedelta(hours=1)))
    assert run(world, None, NOW).error is None
    assert world.prepaid == [0.5, 0.5]  # 100 posts at 0.005


def test_without_money_nothing_is_asked_and_earlier_pages_are_kept(stub: XStub) -> None:
    stub.search.posts = burst(250, NOW - timedelta(hours=1))
    purse = [1.0]  # pays two pages of 100

    def prepay(usd: float) -> None:
        if usd > purse[0]:
            raise BudgetSpentError("the month's budget of [sources.x] is used up")
        purse[0] -= usd

    generator = x.collect(
        CITY, x.Options(base_url=stub.url, query="Madrid lang:es"), SECRETS, None, Budget(now=NOW, until=NOW, pages=10, _prepay=prepay)
    )
    done = Run()
    with pytest.raises(BudgetSpentError):
        done.took_all(generator)
    assert len(done.ids) == 200
    assert len(stub.requests) == 2
    assert [gap.reason for gap in done.gaps] == ["budget"]
