"""Query the outbox: what left, what waits, what was refused and why."""

from collections import Counter

from sqlalchemy import func, select

from core.records import Record
from core.records.outbox import OutboxKind, OutboxRow, OutboxState
from ledger import schema
from ledger.database import Ledger
from ledger.outbox.rows import items_of, row_of

_table = schema.outbox


class OutboxCount(Record):
    """Count the messages of a kind in a state."""

    kind: OutboxKind
    state: OutboxState
    messages: int


def outbox(
    ledger: Ledger,
    *,
    kind: OutboxKind | None = None,
    state: OutboxState | None = None,
    receiver: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[OutboxRow]:
    """Return messages, the newest first, without their items.

    `before`: only those with a smaller number, for the next page.
    """
    wanted = {"kind": kind, "state": state, "receiver": receiver, "subject": subject}
    statement = select(_table).where(*(_table.c[name] == value for name, value in wanted.items() if value is not None))
    if before is not None:
        statement = statement.where(_table.c.id < before)
    with ledger.read() as connection:
        return [row_of(row) for row in connection.execute(statement.order_by(_table.c.id.desc()).limit(limit))]


def outbox_row(ledger: Ledger, number: int) -> OutboxRow | None:
    """Return one message with its items; None: there is none."""
    with ledger.read() as connection:
        row = connection.execute(select(_table).where(_table.c.id == number)).one_or_none()
        return None if row is None else row_of(row, items_of(connection, number))


def outbox_counts(ledger: Ledger) -> list[OutboxCount]:
    """Count the messages by kind and state."""
    statement = select(_table.c.kind, _table.c.state, func.count().label("messages"))
    statement = statement.group_by(_table.c.kind, _table.c.state).order_by(_table.c.kind, _table.c.state)
    with ledger.read() as connection:
        return [OutboxCount(**row) for row in connection.execute(statement).mappings()]


def outbox_sums(ledger: Ledger, kind: OutboxKind) -> Counter[str]:
    """Count the messages of a kind by state."""
    return Counter({one.state: one.messages for one in outbox_counts(ledger) if one.kind == kind})
