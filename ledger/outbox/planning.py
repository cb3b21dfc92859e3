"""Add each message that is due once; delete it with its subject."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from core.records.outbox import ENDED_UNSENT, Due, OutboxKind
from ledger import schema
from ledger.database import Ledger, insert, meta_value
from ledger.database.writing import writing

_table, _items, _counters = schema.outbox, schema.outbox_items, schema.outbox_counters

AT_ONCE, PRUNED_AT_ONCE = 100, 1_000
"""Messages planned, and deleted, in one transaction."""


def plan(ledger: Ledger, kind: OutboxKind, dues: Iterable[Due], now: datetime) -> int:
    """Add messages; return how many are new. One that is known is left out."""
    new, left = 0, list(dues)
    for start in range(0, len(left), AT_ONCE):
        with writing(ledger) as connection:
            new += sum(plan_one(connection, kind, due, now) is not None for due in left[start : start + AT_ONCE])
    return new


def plan_one(connection: Connection, kind: OutboxKind, due: Due, now: datetime) -> int | None:
    """Add one message in the caller's transaction; return its number.

    None: it is known, or all its items were told by others.
    """
    row = {
        "kind": kind,
        "state": "pending",
        "attempt": 0,
        "reason": "",
        "made_at": now,
        "changed_at": now,
        **due.model_dump(exclude={"items"}),
        "message_id": due.message_id or message_id(meta_value(connection, "ledger_id"), kind, due.subject, due.receiver),
    }
    made = insert(connection, _table).values(**row).on_conflict_do_nothing().returning(_table.c.id)
    number = connection.execute(made).scalar_one_or_none()
    if number is None:
        return None
    told = [{"kind": kind, "subject": one, "what": what, "message": number} for one, what in sorted(due.items)]
    new = [connection.execute(insert(connection, _items).on_conflict_do_nothing(), item).rowcount for item in told]
    if told and not any(new):
        connection.execute(delete(_table).where(_table.c.id == number))
        return None
    _count(connection, kind, 1)
    return int(number)


def plan_again(connection: Connection, kind: OutboxKind, due: Due, now: datetime) -> None:
    """Add a message, or revive a withdrawn one, in the caller's transaction.

    The latter keeps its attempts: one of them may have arrived.
    """
    if plan_one(connection, kind, due, now) is None:
        this = (_table.c.kind == kind) & (_table.c.subject == due.subject) & (_table.c.receiver == due.receiver)
        again = {"state": "pending", "channel": due.channel, "reason": "", "not_before": None, "changed_at": now}
        connection.execute(update(_table).where(this, _table.c.state == "withdrawn").values(**again))


def message_id(ledger_id: str, kind: OutboxKind, subject: str, receiver: str) -> str:
    """Return the id of a message, which reveals none of these."""
    return hashlib.sha256("\n".join([ledger_id, kind, subject, receiver.lower()]).encode()).hexdigest()[:32]


def drop(connection: Connection, which: ColumnElement[bool]) -> int:
    """Delete messages with their items in the caller's transaction.

    Returns how many. What they told can become due again.
    """
    rows = connection.execute(select(_table.c.id, _table.c.kind).where(which)).all()
    for row in rows:
        connection.execute(delete(_items).where(_items.c.message == row.id))
        connection.execute(delete(_table).where(_table.c.id == row.id))
        _count(connection, row.kind, -1)
    return len(rows)


def prune(ledger: Ledger, kind: OutboxKind, before: datetime, channels: Collection[str]) -> int:
    """Delete old messages of a kind; return how many.

    One that still waits for one of these channels stays.
    """
    ended = _table.c.state.in_(("sent", *ENDED_UNSENT)) | _table.c.channel.not_in(sorted(channels))
    old = select(_table.c.id).where(_table.c.kind == kind, _table.c.made_at < before, ended).limit(PRUNED_AT_ONCE)
    with writing(ledger) as connection:
        return drop(connection, _table.c.id.in_(list(connection.execute(old).scalars())))


def withdraw_waiting(connection: Connection, which: ColumnElement[bool], reason: str, now: datetime) -> int:
    """Withdraw waiting messages in the caller's transaction; return how many.

    One that a worker is about to send is not sent: its claim cannot be renewed.
    """
    waiting = which & _table.c.state.in_(("pending", "sending", "unknown"))
    values = {"state": "withdrawn", "reason": reason, "not_before": None, "changed_at": now}
    return int(connection.execute(update(_table).where(waiting).values(**values)).rowcount)


def _count(connection: Connection, kind: OutboxKind, more: int) -> None:
    statement = insert(connection, _counters).values(kind=kind, due=more)
    again = {"due": _counters.c.due + more}
    connection.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=again))
