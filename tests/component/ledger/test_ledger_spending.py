"""What sources cost: limits of the day, and what was billed today, on both databases and by two workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core.errors import BudgetSpentError
from ledger import schema
from ledger.database import Ledger
from ledger.ingest import spending
from ledger.ingest.spending import Limits
from tests.support.ledger_facts import NOW

pytest_plugins = ("tests.support.ledger_fixtures",)
IDS = [f"{n:032x}" for n in range(3000)]
PAGE_USD = 0.5
TOMORROW = NOW + timedelta(hours=12)


def books(ledger: Ledger) -> dict[str, float]:
    """What is written down as spent, by day."""
    with ledger.read() as connection:
        return {f"{row.day:%d}": row.usd_millionths / 1e6 for row in connection.execute(schema.spending.select())}


def test_the_limit_of_the_day_refuses_and_writes_nothing_and_ends_at_midnight(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW, 1, 0.50, Limits(monthly_usd=100, daily_usd=1))
    spending.spend(ledger, "x", NOW, 1, 0.50, Limits(monthly_usd=100, daily_usd=1))
    with pytest.raises(BudgetSpentError, match=r"bring this day to 1\.01 USD, over daily_budget_usd = 1;"):
        spending.spend(ledger, "x", NOW, 1, 0.01, Limits(monthly_usd=100, daily_usd=1))
    spending.spend(ledger, "x", NOW, 1, 0.0, Limits(daily_usd=1))  # what is free may be asked
    assert spending.spent(ledger, "x", NOW).day_usd == 1.0
    spending.spend(ledger, "x", NOW + timedelta(hours=12), 1, 0.50, Limits(monthly_usd=100, daily_usd=1))


def test_a_record_is_charged_once_a_day_and_source_and_again_only_for_a_higher_price(ledger: Ledger) -> None:
    assert spending.bill(ledger, "x", NOW, IDS, 0.001, 0) == pytest.approx(3.0)
    assert spending.bill(ledger, "x", NOW, [*IDS, *IDS], 0.001, 0) == 0
    assert spending.bill(ledger, "x", NOW, IDS[:10], 0.005, 0) == pytest.approx(10 * 0.004)
    assert spending.bill(ledger, "x", NOW, IDS[:10], 0.001, 0) == 0
    assert spending.bill(ledger, "y", NOW, IDS[:10], 0.001, 0) == pytest.approx(0.01)
    assert spending.bill(ledger, "x", NOW, [], 0.005, 0) == 0


def test_what_was_billed_yesterday_is_thrown_away(ledger: Ledger) -> None:
    spending.bill(ledger, "x", NOW, IDS, 0.005, 0)
    tomorrow = NOW + timedelta(hours=12)
    assert spending.bill(ledger, "x", tomorrow, IDS[:1], 0.005, 0) == pytest.approx(0.005)
    with ledger.read() as connection:
        rows = connection.execute(schema.billed_records.select()).all()
    assert [(row.resource, row.day) for row in rows] == [(IDS[0], tomorrow.date())]


def test_two_workers_who_read_the_same_records_are_charged_once_together(ledger: Ledger, other: Ledger) -> None:
    with ThreadPoolExecutor(2) as pool:
        charged = list(pool.map(lambda one: spending.bill(one, "x", NOW, IDS[:500], 0.005, 0), (ledger, other)))
    assert sum(charged) >= 2.5  # never less than what the network charges
    assert spending.bill(ledger, "x", NOW, IDS[:500], 0.005, 0) == 0


def test_what_a_page_did_not_cost_pays_for_the_next_one(ledger: Ledger) -> None:
    assert spending.prepay(ledger, "x", NOW, PAGE_USD) == 0.5
    assert spending.bill(ledger, "x", NOW, IDS[:30], 0.005, PAGE_USD) == pytest.approx(0.15)
    assert spending.prepay(ledger, "x", NOW, PAGE_USD) == 0.15  # 0.35 are left
    assert spending.spent(ledger, "x", NOW) == spending.Spent(day_requests=2, day_usd=0.65, month_requests=2, month_usd=0.65)


def test_a_page_that_is_under_way_lends_nothing_to_another_worker_nor_to_the_run_after_a_kill(ledger: Ledger, other: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    assert spending.prepay(other, "x", NOW, PAGE_USD) == 0.5
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    assert spending.prepay(other, "x", NOW, PAGE_USD) == 0


def test_two_workers_who_pay_at_once_use_a_rest_once(ledger: Ledger, other: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    with ThreadPoolExecutor(2) as pool:
        added = list(pool.map(lambda one: spending.prepay(one, "x", NOW, PAGE_USD), (ledger, other)))
    assert sorted(added) == [0, 0.5]


def test_a_rest_of_yesterday_counts_for_the_day_that_uses_it(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, IDS[:30], 0.005, PAGE_USD)
    assert spending.prepay(ledger, "x", TOMORROW, PAGE_USD, Limits(daily_usd=0.5)) == 0.15
    assert books(ledger) == {"24": 0.15, "25": 0.5}
    spending.bill(ledger, "x", TOMORROW, IDS[:100], 0.005, PAGE_USD)
    with pytest.raises(BudgetSpentError, match="daily_budget_usd"):
        spending.prepay(ledger, "x", TOMORROW, 0.005, Limits(daily_usd=0.5))
    assert books(ledger) == {"24": 0.15, "25": 0.5}


def test_an_answer_that_comes_after_another_worker_began_the_new_day_keeps_each_days_books(ledger: Ledger, other: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.prepay(other, "x", TOMORROW, PAGE_USD)
    spending.bill(ledger, "x", NOW, IDS[:30], 0.005, PAGE_USD)
    assert books(ledger) == {"24": 0.15, "25": 0.85}
    spending.bill(other, "x", TOMORROW, IDS[:100], 0.005, PAGE_USD)
    assert spending.prepay(other, "x", TOMORROW, PAGE_USD) == 0.15


def test_more_records_than_were_asked_for_are_paid_whatever_the_limit(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD, Limits(daily_usd=0.5))
    spending.bill(ledger, "x", NOW, IDS[:120], 0.005, PAGE_USD)
    assert books(ledger) == {"24": 0.6}
    assert spending.prepay(ledger, "x", NOW, PAGE_USD) == 0.5


def test_without_a_budget_not_even_a_rest_is_used(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    with pytest.raises(BudgetSpentError, match="monthly_budget_usd is 0"):
        spending.prepay(ledger, "x", NOW, PAGE_USD, Limits(monthly_usd=0))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            Limits(monthly_usd=1),
            "x: the next request would bring this month to 1.01 USD, over monthly_budget_usd = 1; "
            "collection resumes next month, or raise the limit in the profile",
        ),
        (
            Limits(daily_usd=1),
            "x: the next request would bring this day to 1.01 USD, over daily_budget_usd = 1; "
            "collection resumes tomorrow (UTC), or raise the limit in the profile",
        ),
        (
            Limits(run_usd=1, run_so_far_usd=0.99),
            "x: the next request would bring this run to 1.01 USD, over run_budget_usd = 1; the next run continues from here",
        ),
        (Limits(daily_requests=2), "x: 2 requests are used up for today; collection resumes tomorrow (UTC)"),
    ],
    ids=["month", "day", "run", "requests"],
)
@pytest.mark.parametrize("how", ["spend", "prepay"])
def test_each_limit_may_be_reached_and_refuses_what_would_go_over_it(ledger: Ledger, limits: Limits, words: str, how: str) -> None:
    def pay(usd: float, under: Limits) -> None:
        if how == "spend":
            spending.spend(ledger, "x", NOW, 1, usd, under)
        else:
            spending.prepay(ledger, "x", NOW, usd, under)

    pay(0.5, limits.model_copy(update={"run_so_far_usd": 0.0}))
    pay(0.49, limits.model_copy(update={"run_so_far_usd": 0.51}))  # the limit of the run is reached
    before = books(ledger)
    with pytest.raises(BudgetSpentError) as refused:
        pay(0.02, limits)
    assert str(refused.value) == words
    assert books(ledger) == before
    assert spending.spent(ledger, "x", NOW).day_requests == 2


@pytest.mark.parametrize("limits", [Limits(monthly_usd=1), Limits(daily_usd=1)], ids=["month", "day"])
def test_a_limit_may_be_reached_to_the_last_millionth(ledger: Ledger, limits: Limits) -> None:
    spending.spend(ledger, "x", NOW, 1, 0.999999, limits)
    spending.spend(ledger, "x", NOW, 1, 0.000001, limits)
    with pytest.raises(BudgetSpentError):
        spending.spend(ledger, "x", NOW, 1, 0.000001, limits)


def test_a_run_begins_with_nothing_spent_and_ends_at_the_last_millionth_of_its_limit(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW, 1, 1.0, Limits(run_usd=1))
    with pytest.raises(BudgetSpentError, match="run_budget_usd"):
        spending.spend(ledger, "x", NOW, 1, 1.000001, Limits(run_usd=1))
    with pytest.raises(BudgetSpentError, match="run_budget_usd"):
        spending.spend(ledger, "x", NOW, 1, 0.000001, Limits(run_usd=1, run_so_far_usd=1))


def test_what_costs_nothing_may_be_asked_over_every_limit_of_money(ledger: Ledger) -> None:
    spending.spend(ledger, "x", NOW, 1, 2.0)
    spending.spend(ledger, "x", NOW, 1, 0.0, Limits(monthly_usd=1, daily_usd=1, run_usd=1, run_so_far_usd=2))
    spending.spend(ledger, "x", NOW, 1, 0.0, Limits(monthly_usd=0))
    assert spending.spent(ledger, "x", NOW).day_requests == 3


def test_a_budget_of_nothing_refuses_what_costs_the_least_and_says_what_to_set(ledger: Ledger) -> None:
    with pytest.raises(BudgetSpentError) as refused:
        spending.spend(ledger, "x", NOW, 1, 0.000001, Limits(monthly_usd=0))
    assert str(refused.value) == "x: monthly_budget_usd is 0, so nothing is collected: set it in [sources.x]"
    assert books(ledger) == {}


def test_a_month_is_its_days_from_the_first_to_today_and_a_source_pays_for_itself_alone(ledger: Ledger) -> None:
    first, today = NOW.replace(day=1), NOW
    for day in (first - timedelta(days=1), first, today, today + timedelta(days=1)):
        spending.spend(ledger, "x", day, 2, 0.25)
    spending.spend(ledger, "y", today, 7, 9.0)
    assert spending.spent(ledger, "x", today) == spending.Spent(day_requests=2, day_usd=0.25, month_requests=4, month_usd=0.5)
    assert spending.spent(ledger, "z", today) == spending.Spent(day_requests=0, day_usd=0, month_requests=0, month_usd=0)


def test_a_rest_pays_for_the_next_page_though_the_run_has_reached_its_limit(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    reached = Limits(run_usd=0.5, run_so_far_usd=0.6)
    assert spending.prepay(ledger, "x", NOW, PAGE_USD, reached) == 0
    with pytest.raises(BudgetSpentError, match="run_budget_usd"):
        spending.prepay(ledger, "x", NOW, PAGE_USD, reached)


def test_the_rest_of_one_source_pays_for_no_other(ledger: Ledger) -> None:
    for source in ("x", "y"):
        spending.prepay(ledger, source, NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    assert spending.prepay(ledger, "y", NOW, PAGE_USD) == 0.5
    assert spending.prepay(ledger, "x", NOW, PAGE_USD) == 0


def test_what_was_billed_for_one_source_is_kept_when_another_begins_its_day(ledger: Ledger) -> None:
    spending.bill(ledger, "x", NOW, IDS[:10], 0.005, 0)
    spending.bill(ledger, "y", TOMORROW, IDS[:10], 0.005, 0)
    assert spending.bill(ledger, "x", NOW, IDS[:10], 0.005, 0) == 0


def test_more_records_than_were_asked_for_use_up_the_rest_first(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, IDS[:40], 0.005, PAGE_USD)  # 0.30 are left
    spending.bill(ledger, "x", NOW, IDS[100:180], 0.005, 0)  # 0.40 that was not reserved
    assert books(ledger) == {"24": 0.6}
    assert spending.prepay(ledger, "x", NOW, PAGE_USD) == 0.5


def test_a_rest_that_pays_for_more_than_the_next_request_is_kept_for_the_one_after(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    assert spending.prepay(ledger, "x", NOW, 0.1) == 0.0
    assert spending.prepay(ledger, "x", NOW, 0.4) == 0.0
    assert spending.prepay(ledger, "x", NOW, 0.1) == 0.1


def test_money_that_moves_to_the_next_day_moves_no_request(ledger: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.bill(ledger, "x", NOW, [], 0.005, PAGE_USD)
    spending.prepay(ledger, "x", TOMORROW, PAGE_USD)
    assert [spending.spent(ledger, "x", day).day_requests for day in (NOW, TOMORROW)] == [1, 1]
    assert books(ledger) == {"24": 0.0, "25": 0.5}


def test_more_records_than_were_asked_for_are_paid_on_their_own_day_though_another_has_begun(ledger: Ledger, other: Ledger) -> None:
    spending.prepay(ledger, "x", NOW, PAGE_USD)
    spending.prepay(other, "x", TOMORROW, PAGE_USD)
    spending.bill(ledger, "x", NOW, IDS[:120], 0.005, PAGE_USD)
    assert books(ledger) == {"24": 0.6, "25": 0.5}


def test_a_record_of_a_millionth_is_charged_and_a_free_one_is_not_even_remembered(ledger: Ledger) -> None:
    assert spending.bill(ledger, "x", NOW, IDS[:2], 0.000001, 0) == 0.000002
    assert spending.bill(ledger, "x", NOW, IDS[:4], 0.0, 0) == 0
    with ledger.read() as connection:
        assert len(connection.execute(schema.billed_records.select()).all()) == 2
