"""Record what each source costs, before the request is sent.

A request over the budget of the run, day or month is refused. For a network that charges by the record, the highest possible cost is
reserved; what the answer did not cost pays for the next request. A request is charged in full until its answer gives the real cost. So
a kill at any moment, a lost answer, a page that could not be stored and two runs at once leave the recorded cost above the network's
bill, never below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from core.errors import BudgetSpentError
from core.records import Record
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK

MILLION = 1_000_000


class Spent(Record):
    """Hold what a source has cost, today and this month (UTC)."""

    day_requests: int
    day_usd: float
    month_requests: int
    month_usd: float


class Limits(Record):
    """Hold what a source may cost; None: no limit."""

    monthly_usd: float | None = None
    daily_usd: float | None = None
    daily_requests: int | None = None
    run_usd: float | None = None
    run_so_far_usd: float = 0.0
    """What this run has cost already."""


NO_LIMITS = Limits()


def spend(ledger: Ledger, source: str, now: datetime, requests: int, usd: float, limits: Limits = NO_LIMITS) -> None:
    """Record the cost of the next request; durable when this returns.

    Raises:
        BudgetSpentError: it would exceed a limit; nothing was recorded and nothing may be sent.
    """
    cost = round(usd * MILLION)
    with writing(ledger) as connection:
        # Written first and rolled back on refusal: the row is locked from here on, so two workers cannot both fit under the limit.
        add(connection, source, now.date(), requests, cost)
        check_limits(connection, source, now, limits, price=cost, due=cost)


def add(connection: Connection, source: str, day: date, requests: int, cost: int) -> None:
    """Add requests and millionths of a dollar to a day's totals."""
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


def check_limits(connection: Connection, source: str, now: datetime, limits: Limits, price: int, due: int) -> None:
    """Refuse a request that was recorded and exceeds a limit.

    Args:
        connection: the transaction that recorded it; the refusal rolls it back.
        source: the source that pays.
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
            f"over run_budget_usd = {limits.run_usd:g}; the next run continues from here"
        )
    if limits.monthly_usd == 0 and price > 0:
        raise BudgetSpentError(f"{source}: monthly_budget_usd is 0, so nothing is collected: set it in [sources.{source}]")
    if _over(limits.monthly_usd, round(total.month_usd * MILLION)) and price > 0:
        raise BudgetSpentError(
            f"{source}: the next request would bring this month to {total.month_usd:.2f} USD, "
            f"over monthly_budget_usd = {limits.monthly_usd:g}; collection resumes next month, or raise the limit in the profile"
        )
    if _over(limits.daily_usd, round(total.day_usd * MILLION)) and price > 0:
        raise BudgetSpentError(
            f"{source}: the next request would bring this day to {total.day_usd:.2f} USD, "
            f"over daily_budget_usd = {limits.daily_usd:g}; collection resumes tomorrow (UTC), or raise the limit in the profile"
        )
    if limits.daily_requests is not None and total.day_requests > limits.daily_requests:
        raise BudgetSpentError(f"{source}: {limits.daily_requests} requests are used up for today; collection resumes tomorrow (UTC)")


def _over(limit_usd: float | None, millionths: int) -> bool:
    return limit_usd is not None and millionths > round(limit_usd * MILLION)


def spent(ledger: Ledger, source: str, now: datetime) -> Spent:
    """Return what this source has cost so far."""
    with ledger.read() as connection:
        return _total(connection, source, now)


def _total(connection: Connection, source: str, now: datetime) -> Spent:
    spending = schema.spending.c
    sums = select(func.coalesce(func.sum(spending.requests), 0), func.coalesce(func.sum(spending.usd_millionths), 0))
    of_source = sums.where(spending.source == source)
    today = connection.execute(of_source.where(spending.day == now.date())).one()
    month = connection.execute(of_source.where(spending.day >= now.date().replace(day=1), spending.day <= now.date())).one()
    return Spent(
        day_requests=int(today[0]), day_usd=int(today[1]) / MILLION, month_requests=int(month[0]), month_usd=int(month[1]) / MILLION
    )


@dataclass(frozen=True)
class _PrepaidBalance:
    """Hold money paid and not billed yet, in millionths of a dollar.

    It is counted in the totals of `day`.
    """

    day: date
    millionths: int


def prepay(ledger: Ledger, source: str, now: datetime, usd: float, limits: Limits = NO_LIMITS) -> float:
    """Pay for one request; durable when this returns.

    Returns what had to be added to the balance of earlier requests, in dollars.

    Raises:
        BudgetSpentError: it would exceed a limit; nothing was recorded and nothing may be sent.
    """
    price, day = round(usd * MILLION), now.date()
    with writing(ledger) as connection:
        balance = _locked_balance(connection, source, day)
        # yesterday's balance pays for what the network bills today: it counts under the limits of today
        _move(connection, source, balance.millionths, balance.day, day)
        due = max(0, price - balance.millionths)
        add(connection, source, day, 1, due)
        check_limits(connection, source, now, limits, price, due)
        _store_balance(connection, source, _PrepaidBalance(day, balance.millionths + due - price))
    return due / MILLION


def bill(ledger: Ledger, source: str, now: datetime, resources: Sequence[str], usd_each: float, prepaid_usd: float) -> float:
    """Return what the network charges for an answer's records, in dollars.

    Each record is charged once a UTC day, at the highest price it was fetched for. The charge is durable when this returns, and the unused
    rest of the payment is back in the balance: both or neither. Records of earlier days are deleted.

    Args:
        ledger: the open ledger.
        source: the source that pays.
        now: when the request was paid.
        resources: keyed hashes of the records' ids.
        usd_each: the price of one.
        prepaid_usd: what was paid for the request.
    """
    with writing(ledger) as connection:
        balance = _locked_balance(connection, source, now.date())
        charged = _charged(connection, source, now.date(), resources, round(usd_each * MILLION))
        unused = round(prepaid_usd * MILLION) - charged
        # an answer with more records than were asked for is billed all the same, whatever the limits are
        missing = max(0, -unused - balance.millionths)
        add(connection, source, now.date(), 0, missing)
        _move(connection, source, unused + missing, now.date(), balance.day)
        _store_balance(connection, source, _PrepaidBalance(balance.day, balance.millionths + unused + missing))
    return charged / MILLION


def _locked_balance(connection: Connection, source: str, day: date) -> _PrepaidBalance:
    """Return the balance of this source, locked until the transaction ends."""
    balances = schema.prepaid_balances
    row = {"source": source, "day": day, "usd_millionths": 0}
    # the update changes nothing, but locks the row
    unchanged = {"usd_millionths": balances.c.usd_millionths}
    locked = insert(connection, balances).values(row).on_conflict_do_update(index_elements=["source"], set_=unchanged)
    found = connection.execute(locked.returning(balances.c.day, balances.c.usd_millionths)).one()
    return _PrepaidBalance(found.day, int(found.usd_millionths))


def _store_balance(connection: Connection, source: str, balance: _PrepaidBalance) -> None:
    values = {"day": balance.day, "usd_millionths": balance.millionths}
    connection.execute(update(schema.prepaid_balances).where(schema.prepaid_balances.c.source == source).values(values))


def _move(connection: Connection, source: str, millionths: int, from_day: date, to_day: date) -> None:
    """Move this amount from the totals of one day to another."""
    if millionths and from_day != to_day:
        add(connection, source, from_day, 0, -millionths)
        add(connection, source, to_day, 0, millionths)


def _charged(connection: Connection, source: str, day: date, resources: Sequence[str], price: int) -> int:
    """Return what the network adds to its bill of this day."""
    wanted = sorted(set(resources))
    records = schema.billed_records
    charged = 0
    connection.execute(records.delete().where(records.c.source == source, records.c.day < day))
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        today = (records.c.source == source) & (records.c.day == day) & records.c.resource.in_(some)
        paid = dict(connection.execute(select(records.c.resource, records.c.usd_millionths).where(today)).tuples().all())
        dearer = [one for one in some if price > paid.get(one, 0)]
        charged += sum(price - paid.get(one, 0) for one in dearer)
        rows = [{"source": source, "day": day, "resource": one, "usd_millionths": price} for one in dearer]
        if rows:
            statement = insert(connection, records)
            renewed = {"usd_millionths": statement.excluded.usd_millionths}
            keys = ["source", "day", "resource"]
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
    return charged
