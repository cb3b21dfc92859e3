"""What each source has cost: written down before the request is sent, refused when the budget of the run, day or month is gone."""

from datetime import date, datetime

from sqlalchemy import Connection, func, select

from core.errors import BudgetSpentError
from core.records import Record
from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert

MILLION = 1_000_000


class Spent(Record):
    """What a source has cost, today and this month (UTC)."""

    day_requests: int
    day_usd: float
    month_requests: int
    month_usd: float


class Limits(Record):
    """What a source may cost; None: no limit."""

    monthly_usd: float | None = None
    daily_usd: float | None = None
    daily_requests: int | None = None
    run_usd: float | None = None
    run_so_far_usd: float = 0.0
    """What this run has cost already."""


NO_LIMITS = Limits()


def spend(ledger: Ledger, source: str, now: datetime, requests: int, usd: float, limits: Limits = NO_LIMITS) -> None:
    """Write down what the next request costs; durable when this returns.

    Raises:
        BudgetSpentError: it would go over a limit; nothing was written down and nothing may be sent.
    """
    cost = round(usd * MILLION)
    with ledger.write() as connection:
        # Written first and taken back on refusal: the row is ours from here on, two workers cannot both fit under the limit.
        add(connection, source, now.date(), requests, cost)
        keep_within(connection, source, now, limits, price=cost, due=cost)


def add(connection: Connection, source: str, day: date, requests: int, cost: int) -> None:
    """Count requests and millionths of a dollar into the books of this day."""
    spending = schema.spending.c
    row = {"source": source, "day": day, "requests": requests, "usd_millionths": cost}
    connection.execute(
        insert(connection, schema.spending)
        .values(row)
        .on_conflict_do_update(
            index_elements=["source", "day"],
            set_={"requests": spending.requests + requests, "usd_millionths": spending.usd_millionths + cost},
        )
    )


def keep_within(connection: Connection, source: str, now: datetime, limits: Limits, price: int, due: int) -> None:
    """Refuse a request that is written down already and goes over a limit.

    Args:
        connection: the transaction that wrote it down; the refusal takes it back.
        source: what is read.
        now: the time.
        limits: of this source.
        price: of the request, in millionths of a dollar.
        due: the part of it that was not paid before.

    Raises:
        BudgetSpentError: nothing may be sent.
    """
    total = _total(connection, source, now)
    run = round(limits.run_so_far_usd * MILLION) + due
    if _over(limits.run_usd, run) and due > 0:
        raise BudgetSpentError(
            f"{source}: the next request would bring this run to {run / MILLION:.2f} USD, "
            f"over run_budget_usd = {limits.run_usd:g}; the next run goes on from here"
        )
    if limits.monthly_usd == 0 and price > 0:
        raise BudgetSpentError(f"{source}: monthly_budget_usd is 0, so nothing is read: set it in [sources.{source}]")
    if _over(limits.monthly_usd, round(total.month_usd * MILLION)) and price > 0:
        raise BudgetSpentError(
            f"{source}: the next request would bring this month to {total.month_usd:.2f} USD, "
            f"over monthly_budget_usd = {limits.monthly_usd:g}; it goes on next month, or raise the limit in the profile"
        )
    if _over(limits.daily_usd, round(total.day_usd * MILLION)) and price > 0:
        raise BudgetSpentError(
            f"{source}: the next request would bring this day to {total.day_usd:.2f} USD, "
            f"over daily_budget_usd = {limits.daily_usd:g}; it goes on tomorrow (UTC), or raise the limit in the profile"
        )
    if limits.daily_requests is not None and total.day_requests > limits.daily_requests:
        raise BudgetSpentError(
            f"{source}: {limits.daily_requests} requests are used up for today; it goes on tomorrow (UTC)"
        )


def _over(limit_usd: float | None, millionths: int) -> bool:
    return limit_usd is not None and millionths > round(limit_usd * MILLION)


def spent(ledger: Ledger, source: str, now: datetime) -> Spent:
    """What this source has cost so far."""
    with ledger.read() as connection:
        return _total(connection, source, now)


def _total(connection: Connection, source: str, now: datetime) -> Spent:
    spending = schema.spending.c
    sums = select(func.coalesce(func.sum(spending.requests), 0), func.coalesce(func.sum(spending.usd_millionths), 0))
    of_source = sums.where(spending.source == source)
    today = connection.execute(of_source.where(spending.day == now.date())).one()
    month = connection.execute(
        of_source.where(spending.day >= now.date().replace(day=1), spending.day <= now.date())
    ).one()
    return Spent(
        day_requests=int(today[0]),
        day_usd=int(today[1]) / MILLION,
        month_requests=int(month[0]),
        month_usd=int(month[1]) / MILLION,
    )
