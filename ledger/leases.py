"""Who is working on what: work is lent for a while, so that a killed worker's share comes free again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from ledger import schema
from ledger.database import LeaseLostError, Ledger
from ledger.database.upsert import insert


def hold(ledger: Ledger, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take a named lease, or take it for longer; False while somebody else holds it."""
    with ledger.write() as connection:
        statement = insert(connection, schema.leases).values(name=name, holder=holder, until=now + length)
        leases, new = schema.leases.c, statement.excluded
        taken = connection.execute(
            statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"holder": new.holder, "until": new.until},
                where=(leases.holder == holder) | (leases.until <= now),
            )
        )
        return taken.rowcount == 1


def release(ledger: Ledger, name: str, holder: str) -> None:
    """Give a named lease back; nothing happens when it is somebody else's by now."""
    leases = schema.leases
    with ledger.write() as connection:
        connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))


def must_hold(connection: Connection, name: str, holder: str) -> None:
    """Go on only while this lease is ours; the row stays locked until the end of the transaction.

    Raises:
        LeaseLostError: somebody else has it.
    """
    if holder_of(connection, name) != holder:
        raise LeaseLostError(f"{holder} no longer holds '{name}': nothing was written, the holder does this work")


def holder_of(connection: Connection, name: str, now: datetime | None = None) -> str | None:
    """Who holds this lease (at `now`, when given)."""
    leases = schema.leases.c
    statement = select(leases.holder).where(leases.name == name).with_for_update()
    if now is not None:
        statement = statement.where(leases.until > now)
    found: str | None = connection.execute(statement).scalar_one_or_none()
    return found


def holders(ledger: Ledger) -> set[str]:
    """Every worker that holds anything."""
    posts, cases, deletions = schema.posts.c, schema.cases.c, schema.deletions.c
    columns = (posts.read_worker, posts.index_worker, cases.index_worker, deletions.worker, schema.leases.c.holder)
    with ledger.read() as connection:
        found = {name for column in columns for name in connection.execute(select(column).distinct()).scalars()}
        sending = select(schema.deliveries.c.worker).where(schema.deliveries.c.state == "sending").distinct()
        found |= set(connection.execute(sending).scalars())
    return {name for name in found if name is not None}


def free(ledger: Ledger, holder: str) -> None:
    """Give back all that a worker held. Only for one that is surely dead: what it was doing is done again by others.

    Deliveries it was sending are looked up at the contact centre before they are sent again, as always.
    """
    posts, cases, deletions, deliveries = schema.posts, schema.cases, schema.deletions, schema.deliveries
    with ledger.write() as connection:
        reading = update(posts).where(posts.c.read_worker == holder)
        connection.execute(reading.values(read_worker=None, read_until=None))
        for table in (posts, cases):
            writing = update(table).where(table.c.index_worker == holder)
            connection.execute(writing.values(index_worker=None, index_until=None))
        connection.execute(update(deletions).where(deletions.c.worker == holder).values(worker=None, until=None))
        connection.execute(update(deletions).where(deletions.c.held_by == holder).values(held_by=None, held_until=None))
        sending = (deliveries.c.worker == holder) & (deliveries.c.state == "sending")
        connection.execute(update(deliveries).where(sending).values(until=None))
        connection.execute(schema.leases.delete().where(schema.leases.c.holder == holder))
