"""What became of a delivery: it is there, it was refused, or nobody knows. An attempt that was given up has no say any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from core.errors import EscuchaError
from ledger import schema
from ledger.cases import history
from ledger.database import Ledger
from ledger.delivery.outbox import CASEBOOK

UNKNOWN_WAITS = timedelta(minutes=2)
"""Longer than the slowest commit of a contact centre: looked up sooner, an accepted case may not be there yet."""

_table = schema.deliveries


def sent(ledger: Ledger, delivery_id: str, reference: str, now: datetime) -> None:
    """It is there, under this reference. Told twice, it changes nothing the second time.

    Raises:
        EscuchaError: the reference belongs to another case: two incidents would share a ticket.
    """
    with ledger.write() as connection:
        row, is_current = _locked(connection, delivery_id)
        if row.state == "sent" or not is_current:
            return
        other = _owner(connection, row, reference)
        if other is None:
            _settle(connection, row, now, state="sent", reference=reference, reason=None)
            if row.kind == "open":
                history.touch(connection, row.case_key, reference=reference)
        else:
            _refuse(connection, row, f"{row.system} gave reference {reference}, which belongs to case {other}", now)
    if other is not None:
        raise EscuchaError(
            f"{row.system} gave {reference} for case {row.case_key}; it belongs to case {other}: look at both there"
        )


def failed(
    ledger: Ledger, delivery_id: str, outcome: Literal["unknown", "refused", "pending"], reason: str, now: datetime
) -> None:
    """It did not get there, or nobody knows. Refused, the desk works the case; the rest is tried again."""
    with ledger.write() as connection:
        row, is_current = _locked(connection, delivery_id)
        if row.state != "sending" or not is_current:
            return
        if outcome == "refused":
            _refuse(connection, row, reason, now)
        else:
            not_before = now + UNKNOWN_WAITS if outcome == "unknown" else None
            _settle(connection, row, now, state=outcome, reason=reason, not_before=not_before)


def _refuse(connection: Connection, row: Row[Any], reason: str, now: datetime) -> None:
    _settle(connection, row, now, state="refused", reason=reason)
    if row.kind == "open":
        history.touch(connection, row.case_key, system=CASEBOOK)


def _locked(connection: Connection, delivery_id: str) -> tuple[Row[Any], bool]:
    """The row, and whether this attempt is still the latest. The case is locked first, as everywhere."""
    number, _, attempt = delivery_id.partition(".")
    this = _table.c.id == int(number)
    history.locked_case(connection, connection.execute(select(_table.c.case_key).where(this)).scalar_one())
    row = connection.execute(select(_table).where(this).with_for_update()).one()
    return row, row.attempt == int(attempt)


def _owner(connection: Connection, row: Row[Any], reference: str) -> str | None:
    """The other case that has this reference."""
    if row.kind != "open":
        return None
    same = (_table.c.system == row.system) & (_table.c.reference == reference) & (_table.c.kind == "open")
    other: str | None = connection.execute(
        select(_table.c.case_key).where(same, _table.c.id != row.id)
    ).scalar_one_or_none()
    return other


def _settle(connection: Connection, row: Row[Any], now: datetime, **new: object) -> None:
    fields = {"worker": None, "until": None, "changed_at": now, **new}
    connection.execute(update(_table).where(_table.c.id == row.id).values(**fields))


def put_back(ledger: Ledger, worker: str, delivery_ids: Sequence[str], now: datetime) -> None:
    """Give back what this worker claimed and surely did not send, so that the next run need not wait for the lease to end."""
    with ledger.write() as connection:
        for delivery_id in delivery_ids:
            row, is_current = _locked(connection, delivery_id)
            if row.state == "sending" and row.worker == worker and is_current:
                _settle(connection, row, now, state="pending")
