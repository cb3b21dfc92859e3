"""Return rows of the outbox as records."""

from typing import Any

from sqlalchemy import Connection, Row, select

from core.records.outbox import OutboxRow
from ledger import schema

_items = schema.outbox_items


def row_of(row: Row[Any], items: tuple[tuple[str, str], ...] = ()) -> OutboxRow:
    """Return a row of the table as a record."""
    names = OutboxRow.model_fields.keys() - {"items"}
    return OutboxRow(**{name: getattr(row, name) for name in names}, items=items)


def items_of(connection: Connection, number: int) -> tuple[tuple[str, str], ...]:
    """Return what a message tells: subject and thing, in order."""
    statement = select(_items.c.subject, _items.c.what).where(_items.c.message == number)
    return tuple((one, what) for one, what in connection.execute(statement.order_by(_items.c.subject, _items.c.what)))
