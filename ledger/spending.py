"""What each source has cost: written down before the request is sent, refused when the budget of the day or month is gone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.errors import BudgetSpentError
from core.fact import Fact
from ledger import schema
from ledger.open import Ledger
from ledger.rows import CHUNK
from ledger.upsert import insert

MILLION = 1_000_000


class Spent(Fact):
    """What a source has cost, today and this month (UTC)."""

    day_requests: int
    day_usd: float
    month_requests: int
    month_usd: float


def spend(
    ledger: Ledger,
    source: str,
    now: datetime,
    requests: int,
    usd: float,
    monthly_usd: float | None = None,
    daily_usd: float | None = None,
    daily_requests: int | None = None,
) -> None:
    """Write down what the next request costs; durable when this returns.

    Raises:
        BudgetSpentError: it would go over a limit; nothing was written down and nothing may be sent.
    """
    cost = round(usd * MILLION)
    with ledger.write() as connection:
        # Written first and taken back on refusal: the row is ours from here on, two workers cannot both fit under the limit.
        _add(connection, source, now, requests, cost)
        total = _total(connection, source, now)
        if monthly_usd == 0 and cost > 0:
            raise BudgetSpentError(
                f"{source}: monthly_budget_usd is 0, so nothing is read: set it in [sources.{source}]"
            )
        if monthly_usd is not None and cost > 0 and round(total.month_usd * MILLION) > round(monthly_usd * MILLION):
            raise BudgetSpentError(
                f"{source}: the next request would bring this month to {total.month_usd:.2f} USD, "
                f"over monthly_budget_usd = {monthly_usd:g}; it goes on next month, or raise the limit in the profile"
            )
        if daily_usd is not None and cost > 0 and round(total.day_usd * MILLION) > round(daily_usd * MILLION):
            raise BudgetSpentError(
                f"{source}: the next request would bring this day to {total.day_usd:.2f} USD, "
                f"over daily_budget_usd = {daily_usd:g}; it goes on tomorrow (UTC), or raise the limit in the profile"
            )
        if daily_requests is not None and total.day_requests > daily_requests:
            raise BudgetSpentError(
                f"{source}: {daily_requests} requests are used up for today; it goes on tomorrow (UTC)"
            )


def _add(connection: Connection, source: str, now: datetime, requests: int, cost: int) -> None:
    spending = schema.spending.c
    row = {"source": source, "day": now.date(), "requests": requests, "usd_millionths": cost}
    connection.execute(
        insert(connection, schema.spending)
        .values(row)
        .on_conflict_do_update(
            index_elements=["source", "day"],
            set_={"requests": spending.requests + requests, "usd_millionths": spending.usd_millionths + cost},
        )
    )


def bill(ledger: Ledger, source: str, now: datetime, resources: Sequence[str], usd_each: float) -> float:
    """What the network charges for these records, in dollars: each once a UTC day, at the highest price it was read for.

    Remembered when this returns; what was remembered of earlier days is thrown away.
    """
    price, day = round(usd_each * MILLION), now.date()
    wanted = sorted(set(resources))  # in one order, or two workers could wait for each other
    billed = schema.billed
    charged = 0
    with ledger.write() as connection:
        connection.execute(billed.delete().where(billed.c.source == source, billed.c.day < day))
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            today = (billed.c.source == source) & (billed.c.day == day) & billed.c.resource.in_(some)
            paid = dict(
                connection.execute(select(billed.c.resource, billed.c.usd_millionths).where(today)).tuples().all()
            )
            dearer = [one for one in some if price > paid.get(one, 0)]
            charged += sum(price - paid.get(one, 0) for one in dearer)
            rows = [{"source": source, "day": day, "resource": one, "usd_millionths": price} for one in dearer]
            if rows:
                statement = insert(connection, billed)
                renewed = {"usd_millionths": statement.excluded.usd_millionths}
                keys = ["source", "day", "resource"]
                connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
    return charged / MILLION


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
