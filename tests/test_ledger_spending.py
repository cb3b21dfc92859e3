"""What sources cost: limits of the day, and what was billed today, on both databases and by two workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ledger_facts import NOW

from core.errors import BudgetSpentError
from ledger import schema, spending
from ledger.open import Ledger

pytest_plugins = ("ledger_fixtures",)
IDS = [f"{n:032x}" for n in range(3000)]


def test_the_limit_of_the_day_refuses_and_writes_nothing_and_ends_at_midnight(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW, 1, 0.50, monthly_usd=100, daily_usd=1)
    spending.spend(ledger, "x", NOW, 1, 0.50, monthly_usd=100, daily_usd=1)
    with pytest.raises(BudgetSpentError, match=r"bring this day to 1\.01 USD, over daily_budget_usd = 1;"):
        spending.spend(ledger, "x", NOW, 1, 0.01, monthly_usd=100, daily_usd=1)
    spending.spend(ledger, "x", NOW, 1, 0.0, daily_usd=1)  # what is free may be asked
    assert spending.spent(ledger, "x", NOW).day_usd == 1.0
    spending.spend(ledger, "x", NOW + timedelta(hours=12), 1, 0.50, monthly_usd=100, daily_usd=1)


def test_a_record_is_charged_once_a_day_and_source_and_again_only_for_a_higher_price(ledger: Ledger) -> None:
    assert spending.bill(ledger, "x", NOW, IDS, 0.001) == pytest.approx(3.0)
    assert spending.bill(ledger, "x", NOW, [*IDS, *IDS], 0.001) == 0
    assert spending.bill(ledger, "x", NOW, IDS[:10], 0.005) == pytest.approx(10 * 0.004)
    assert spending.bill(ledger, "x", NOW, IDS[:10], 0.001) == 0
    assert spending.bill(ledger, "y", NOW, IDS[:10], 0.001) == pytest.approx(0.01)
    assert spending.bill(ledger, "x", NOW, [], 0.005) == 0


def test_what_was_billed_yesterday_is_thrown_away(ledger: Ledger) -> None:
    spending.bill(ledger, "x", NOW, IDS, 0.005)
    tomorrow = NOW + timedelta(hours=12)
    assert spending.bill(ledger, "x", tomorrow, IDS[:1], 0.005) == pytest.approx(0.005)
    with ledger.read() as connection:
        rows = connection.execute(schema.billed.select()).all()
    assert [(row.resource, row.day) for row in rows] == [(IDS[0], tomorrow.date())]


def test_two_workers_who_read_the_same_records_are_charged_once_together(ledger: Ledger, other: Ledger) -> None:
    with ThreadPoolExecutor(2) as pool:
        charged = list(pool.map(lambda one: spending.bill(one, "x", NOW, IDS[:500], 0.005), (ledger, other)))
    assert sum(charged) >= 2.5  # never less than what the network charges
    assert spending.bill(ledger, "x", NOW, IDS[:500], 0.005) == 0
