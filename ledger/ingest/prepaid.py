"""Pays a network that charges by the record: for all a request may bring before it is sent; what it did not cost pays for the next one.

A request is charged in full from the moment it is paid, until its answer says what it really cost. So a kill at any moment, a lost
answer, a page that could not be stored and two runs at once leave the books above the bill of the network, never below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert
from ledger.ingest.spending import MILLION, NO_LIMITS, Limits, add, keep_within
from ledger.mapping import CHUNK


@dataclass(frozen=True)
class _Purse:
    """What was paid and is not charged yet, in millionths of a dollar, and the day in whose books it is counted."""

    day: date
    rest: int


def prepay(ledger: Ledger, source: str, now: datetime, usd: float, limits: Limits = NO_LIMITS) -> float:
    """Pay for one request; durable when this returns. What had to be added to the rest of earlier ones, in dollars.

    Raises:
        BudgetSpentError: it would go over a limit; nothing was written down and nothing may be sent.
    """
    price, day = round(usd * MILLION), now.date()
    with ledger.write() as connection:
        purse = _opened(connection, source, day)
        # a rest of yesterday pays for what the network bills today: it counts under the limits of today
        _move(connection, source, purse.rest, purse.day, day)
        due = max(0, price - purse.rest)
        add(connection, source, day, 1, due)
        keep_within(connection, source, now, limits, price, due)
        _keep(connection, source, _Purse(day, purse.rest + due - price))
    return due / MILLION


def bill(
    ledger: Ledger, source: str, now: datetime, resources: Sequence[str], usd_each: float, prepaid_usd: float
) -> float:
    """What the network charges for the records of an answer, in dollars: each once a UTC day, at the highest price it was read for.

    Remembered when this returns, and what was paid beyond it is back in the purse: both or neither. What was remembered of earlier
    days is thrown away.

    Args:
        ledger: the open ledger.
        source: what is read.
        now: when the request was paid.
        resources: the records, sealed.
        usd_each: the price of one.
        prepaid_usd: what was paid for the request.
    """
    with ledger.write() as connection:
        purse = _opened(connection, source, now.date())
        charged = _charged(connection, source, now.date(), resources, round(usd_each * MILLION))
        over = round(prepaid_usd * MILLION) - charged
        # an answer with more records than were asked for is billed all the same, whatever the limits are
        missing = max(0, -over - purse.rest)
        add(connection, source, now.date(), 0, missing)
        _move(connection, source, over + missing, now.date(), purse.day)
        _keep(connection, source, _Purse(purse.day, purse.rest + over + missing))
    return charged / MILLION


def _opened(connection: Connection, source: str, day: date) -> _Purse:
    """The purse of this source; no other worker touches it until the transaction ends."""
    purses = schema.purses
    row = {"source": source, "day": day, "usd_millionths": 0}
    # the update changes nothing, but the row is ours by it
    unchanged = {"usd_millionths": purses.c.usd_millionths}
    ours = insert(connection, purses).values(row).on_conflict_do_update(index_elements=["source"], set_=unchanged)
    found = connection.execute(ours.returning(purses.c.day, purses.c.usd_millionths)).one()
    return _Purse(found.day, int(found.usd_millionths))


def _keep(connection: Connection, source: str, purse: _Purse) -> None:
    values = {"day": purse.day, "usd_millionths": purse.rest}
    connection.execute(update(schema.purses).where(schema.purses.c.source == source).values(values))


def _move(connection: Connection, source: str, millionths: int, from_day: date, to_day: date) -> None:
    """Count this money into the books of another day."""
    if millionths and from_day != to_day:
        add(connection, source, from_day, 0, -millionths)
        add(connection, source, to_day, 0, millionths)


def _charged(connection: Connection, source: str, day: date, resources: Sequence[str], price: int) -> int:
    """What the network adds to its bill of this day."""
    wanted = sorted(set(resources))
    billed = schema.billed
    charged = 0
    connection.execute(billed.delete().where(billed.c.source == source, billed.c.day < day))
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        today = (billed.c.source == source) & (billed.c.day == day) & billed.c.resource.in_(some)
        paid = dict(connection.execute(select(billed.c.resource, billed.c.usd_millionths).where(today)).tuples().all())
        dearer = [one for one in some if price > paid.get(one, 0)]
        charged += sum(price - paid.get(one, 0) for one in dearer)
        rows = [{"source": source, "day": day, "resource": one, "usd_millionths": price} for one in dearer]
        if rows:
            statement = insert(connection, billed)
            renewed = {"usd_millionths": statement.excluded.usd_millionths}
            keys = ["source", "day", "resource"]
            connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)
    return charged
