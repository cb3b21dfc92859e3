"""Claim a message, renew the claim, and store the outcome."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, select, update

from core.records.outbox import WAITS, OutboxKind, OutboxRow, OutboxState
from ledger import schema
from ledger.database import LeaseLostError, Ledger
from ledger.database.writing import writing
from ledger.outbox import channels
from ledger.outbox.planning import drop
from ledger.outbox.rows import items_of, row_of

_table = schema.outbox
Recorder = Callable[[Connection, OutboxRow, OutboxState, str, str | None, datetime], None]
"""Stores state, reason and address of a message with what it is about."""


def claim(
    ledger: Ledger, kind: OutboxKind, worker: str, now: datetime, lease: timedelta, without: Collection[str] = ()
) -> OutboxRow | None:
    """Claim the message that was tried least; None: nothing is due.

    A message that stops its worker each time it is tried thus never keeps the others waiting. `without`: channels that are not used now.
    """
    first = select(_table).where(
        _table.c.kind == kind, _table.c.channel.not_in(sorted(without)), channels.is_usable(_table.c.channel, now), _ready(now)
    )
    first = first.order_by(_table.c.attempt, _table.c.id).limit(1).with_for_update(skip_locked=True, of=_table)
    with writing(ledger) as connection:
        row = connection.execute(first).one_or_none()
        if row is None:
            return None
        taken = {"state": "sending", "worker": worker, "until": now + lease, "attempt": row.attempt + 1}
        connection.execute(update(_table).where(_table.c.id == row.id).values(changed_at=now, **taken))
        found = row_of(row, items_of(connection, row.id))
    return found.model_copy(update={"state": "sending", "attempt": row.attempt + 1})


def _ready(now: datetime) -> ColumnElement[bool]:
    earlier = _table.alias("earlier")
    waits = select(earlier.c.id).where(
        earlier.c.kind == _table.c.kind,
        earlier.c.thread == _table.c.thread,
        earlier.c.receiver == _table.c.receiver,
        earlier.c.id < _table.c.id,
        earlier.c.state.in_(WAITS),
        earlier.c.thread != "",
    )
    due = _table.c.not_before.is_(None) | (_table.c.not_before <= now)
    expired = _table.c.until.is_(None) | (_table.c.until <= now)
    states = (_table.c.state.in_(("pending", "unknown")) & due) | ((_table.c.state == "sending") & expired)
    return states & ((_table.c.thread == "") | ~waits.exists())


def renew(ledger: Ledger, row: OutboxRow, worker: str, now: datetime, lease: timedelta) -> bool:
    """Extend a claim directly before its message is sent.

    False: the lease ended and another worker claimed it, or it was withdrawn. Nothing may be sent then.
    """
    with writing(ledger) as connection:
        mine = _attempt(row, worker) & (_table.c.state == "sending")
        return connection.execute(update(_table).where(mine).values(until=now + lease)).rowcount == 1


def settle(
    ledger: Ledger,
    row: OutboxRow,
    worker: str,
    state: OutboxState,
    reason: str,
    now: datetime,
    not_before: datetime | None = None,
    *,
    counts: bool = True,
    record: Recorder | None = None,
    url: str | None = None,
) -> bool:
    """Store the outcome of an attempt; False if its claim was lost.

    `record` stores it with what the message is about, in the same transaction; `url` is where it can be read. `counts`: False where the
    failure says nothing about this message, such as a mail server that is down. A message that was withdrawn while it left is `sent` all
    the same.
    """
    from_states = ("sending", "withdrawn") if state == "sent" else ("sending",)
    values: dict[str, object] = {"state": state, "reason": reason, "not_before": not_before, "worker": None, "until": None}
    values |= {"attempt": row.attempt if counts else row.attempt - 1, "changed_at": now}
    mine = _attempt(row, worker) & _table.c.state.in_(from_states)
    try:
        with writing(ledger) as connection:
            if record is not None:  # before the message: who changes a case locks it first
                record(connection, row, state, reason, url, now)
            if connection.execute(update(_table).where(mine).values(**values)).rowcount != 1:
                raise LeaseLostError(f"message {row.id} is another worker's")
            if state == "sent":
                channels.recovered(connection, row.channel)
    except LeaseLostError:
        return False
    return True


def discard(ledger: Ledger, row: OutboxRow, worker: str) -> None:
    """Delete a claimed message that is not due any more.

    It may become due again.
    """
    with writing(ledger) as connection:
        drop(connection, _attempt(row, worker) & (_table.c.state == "sending"))


def _attempt(row: OutboxRow, worker: str) -> ColumnElement[bool]:
    return (_table.c.id == row.id) & (_table.c.attempt == row.attempt) & (_table.c.worker == worker)
