"""What one run of a source may use: its pages, its minutes, and the limits of money in its table of the profile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.config.source_options import SourceOptions, SpendingLimits
from core.errors import BudgetSpentError
from core.privacy.pseudonyms import post_id
from ledger import schema
from ledger.database import open_ledger
from ledger.ingest import spending
from pipeline import budget as budgets
from pipeline.budget import budget_of
from pipeline.context import Context
from pipeline.sources import Source
from tests.support.seeded import MADRID, SALT

NOW = datetime(2026, 11, 24, 23, 58, tzinfo=UTC)


class Paying(SourceOptions):
    pages: int = 7
    monthly_budget_usd: float | None = None
    daily_budget_usd: float | None = None
    daily_requests: int | None = None
    run_budget_usd: float | None = None

    def spending_limits(self) -> SpendingLimits:
        return SpendingLimits(
            monthly_usd=self.monthly_budget_usd,
            daily_usd=self.daily_budget_usd,
            daily_requests=self.daily_requests,
            run_usd=self.run_budget_usd,
        )


class Clock:
    now = NOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(budgets, "now", lambda: clock.now)
    return clock


@pytest.fixture
def context(tmp_path: Path, clock: Clock) -> Iterator[Context]:
    settings = Settings(home=tmp_path)
    context = Context(load_city(MADRID), settings, SALT, open_ledger(settings.ledger, SALT), {}, MADRID)
    yield context
    context.ledger.close()


def source(**options: object) -> Source:
    return Source(name="x", module=SimpleNamespace(), options=Paying.model_validate(options), secrets=None, missing=[])


def test_a_run_has_the_pages_of_its_source_and_four_minutes(context: Context, clock: Clock) -> None:
    budget = budget_of(context, source())
    assert (budget.pages, budget.now, budget.until) == (7, NOW, NOW + timedelta(minutes=4))
    assert not budget.is_over()
    clock.now = NOW + timedelta(minutes=4)
    assert budget.time() == clock.now
    assert budget.is_over()


def test_a_source_that_says_no_number_of_pages_has_fifty(context: Context) -> None:
    plain = Source(name="x", module=SimpleNamespace(), options=SourceOptions(), secrets=None, missing=[])
    budget = budget_of(context, plain)
    assert budget.pages == 50
    budget.spend(1, 1000.0)  # no table, no limit


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("monthly_budget_usd", "over monthly_budget_usd = 1"),
        ("daily_budget_usd", "over daily_budget_usd = 1"),
        ("run_budget_usd", "over run_budget_usd = 1"),
    ],
)
@pytest.mark.parametrize("prepaid", [False, True])
def test_each_limit_of_the_profile_is_kept(context: Context, option: str, words: str, prepaid: bool) -> None:
    budget = budget_of(context, source(**{option: 1}))

    def pay(usd: float) -> None:
        if prepaid:
            budget.prepay(usd)
        else:
            budget.spend(1, usd)

    pay(0.6)
    pay(0.4)
    with pytest.raises(BudgetSpentError, match=words):
        pay(0.01)


def test_the_requests_of_a_day_are_kept(context: Context) -> None:
    budget = budget_of(context, source(daily_requests=2))
    budget.spend(2)
    with pytest.raises(BudgetSpentError, match="2 requests are used up for today"):
        budget.spend(1)


def test_each_run_has_a_limit_of_its_own(context: Context) -> None:
    for _ in range(2):
        budget = budget_of(context, source(run_budget_usd=1))
        budget.spend(1, 1.0)
        with pytest.raises(BudgetSpentError, match="run_budget_usd"):
            budget.spend(1, 0.01)


def test_money_that_came_back_is_not_counted_into_the_run_again(context: Context) -> None:
    budget = budget_of(context, source(run_budget_usd=1))
    budget.prepay(1.0)
    budget.bill(["1"], 0.25, 1.0)
    budget.prepay(0.75)  # paid by what came back
    with pytest.raises(BudgetSpentError, match="run_budget_usd"):
        budget.prepay(0.01)


def test_an_answer_after_midnight_is_billed_on_the_day_it_was_paid_and_its_ids_are_sealed(context: Context, clock: Clock) -> None:
    budget = budget_of(context, source())
    budget.prepay(0.5)
    clock.now = NOW + timedelta(minutes=3)
    budget.bill(["77"], 0.005, 0.5)
    with context.ledger.read() as connection:
        (billed,) = connection.execute(schema.billed_records.select()).all()
    assert (billed.day, billed.resource) == (NOW.date(), post_id(SALT, "x", "77"))
    assert spending.spent(context.ledger, "x", NOW).day_usd == 0.5
    assert spending.spent(context.ledger, "x", clock.now).day_usd == 0


def test_what_was_never_prepaid_is_billed_today(context: Context, clock: Clock) -> None:
    budget_of(context, source()).bill(["77"], 0.005, 0.0)
    assert spending.spent(context.ledger, "x", NOW).day_usd == 0.005
