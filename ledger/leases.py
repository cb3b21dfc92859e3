"""Claim work for a limited time.

When a worker is killed, its items become available again.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from ledger import schema
from ledger.database import LeaseLostError, Ledger, insert
from ledger.database.writing import writing

OUTBOXES = (schema.deliveries, schema.outbox)
"""Tables of what is sent to other systems; a row in state `sending` is held by its `worker`."""


def hold(ledger: Ledger, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or renew a named lease; False while another worker holds it."""
    with writing(ledger) as connection:
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
    """Release a named lease, unless another worker holds it by now."""
    leases = schema.leases
    with writing(ledger) as connection:
        connection.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))


def must_hold(connection: Connection, name: str, holder: str) -> None:
    """Check that this lease is held; its row stays locked.

    Raises:
        LeaseLostError: another worker holds it.
    """
    if holder_of(connection, name) != holder:
        raise LeaseLostError(f"{holder} no longer holds the lease '{name}': nothing was written, the new holder does this work")


def holder_of(connection: Connection, name: str, now: datetime | None = None) -> str | None:
    """Return the holder of this lease (at `now`, when given)."""
    leases = schema.leases.c
    statement = select(leases.holder).where(leases.name == name).with_for_update()
    if now is not None:
        statement = statement.where(leases.until > now)
    found: str | None = connection.execute(statement).scalar_one_or_none()
    return found


def names(ledger: Ledger, prefix: str, now: datetime) -> list[str]:
    """Return the leases held now whose names begin so, without the prefix."""
    leases = schema.leases.c
    with ledger.read() as connection:
        found = connection.execute(select(leases.name).where(leases.name.startswith(prefix), leases.until > now))
        return sorted(name.removeprefix(prefix) for name in found.scalars())


def holders(ledger: Ledger) -> set[str]:
    """Return every worker that holds anything."""
    posts, cases, deletions = schema.posts.c, schema.cases.c, schema.index_deletions.c
    columns = (posts.annotate_worker, posts.index_worker, cases.index_worker, deletions.worker, schema.leases.c.holder)
    with ledger.read() as connection:
        found = {name for column in columns for name in connection.execute(select(column).distinct()).scalars()}
        for table in OUTBOXES:
            sending = select(table.c.worker).where(table.c.state == "sending").distinct()
            found |= set(connection.execute(sending).scalars())
    return {name for name in found if name is not None}


def release_all(ledger: Ledger, holder: str) -> None:
    """Release everything a dead worker held; others do its work again.

    Only for a worker that is certainly dead. What it was sending is looked up before it is sent again, as always: deliveries at the
    contact centre, answers on their network. Mails cannot be looked up: they are sent again with the same Message-ID.
    """
    posts, cases, deletions = schema.posts, schema.cases, schema.index_deletions
    with writing(ledger) as connection:
        of_posts = update(posts).where(posts.c.annotate_worker == holder)
        connection.execute(of_posts.values(annotate_worker=None, annotate_until=None))
        for table in (posts, cases):
            of_index = update(table).where(table.c.index_worker == holder)
            connection.execute(of_index.values(index_worker=None, index_until=None))
        connection.execute(update(deletions).where(deletions.c.worker == holder).values(worker=None, until=None))
        connection.execute(update(deletions).where(deletions.c.held_by == holder).values(held_by=None, held_until=None))
        for table in OUTBOXES:
            sending = (table.c.worker == holder) & (table.c.state == "sending")
            connection.execute(update(table).where(sending).values(until=None))
        connection.execute(schema.leases.delete().where(schema.leases.c.holder == holder))
