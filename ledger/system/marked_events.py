"""Store events marked by staff; each change is audited in its transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import IntegrityError

from core.errors import ChangeRefusedError
from core.records.marked_event import EventFields
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert
from ledger.database.writing import writing

_events = schema.marked_events
SAME = "There is an event of this name, days, service and district already."
STALE = (
    "This event was changed or removed after you opened the page. Nothing was saved: check what is stored now, then send the form again."
)


def add(ledger: Ledger, fields: EventFields, who: str, now: datetime) -> None:
    """Add an event; the same one again changes nothing."""
    row = fields.model_dump() | {"revision": 1, "changed_by": who, "changed_at": now}
    with writing(ledger) as connection:
        statement = insert(connection, _events).values(row).on_conflict_do_nothing()
        if connection.execute(statement).rowcount == 1:
            history.audit(connection, who, "event_marked", fields.name, fields.said, now)


def edit(ledger: Ledger, number: int, fields: EventFields, who: str, seen: int, now: datetime) -> None:
    """Change an event as it was seen at this revision.

    Raises:
        ChangeRefusedError: it is gone, was changed since, or would equal another one.
    """
    with writing(ledger) as connection:
        before = _locked(connection, number, seen)
        if fields == _fields_of(before):
            return
        row = fields.model_dump() | {"revision": seen + 1, "changed_by": who, "changed_at": now}
        try:
            connection.execute(_events.update().where(_events.c.id == number).values(row))
        except IntegrityError:
            raise ChangeRefusedError(SAME) from None
        said = f"{_fields_of(before).said} -> {fields.name}, {fields.said}"
        history.audit(connection, who, "event_changed", before.name, said, now)


def remove(ledger: Ledger, number: int, who: str, seen: int, now: datetime) -> None:
    """Remove an event as it was seen at this revision.

    Raises:
        ChangeRefusedError: it is gone, or was changed since.
    """
    with writing(ledger) as connection:
        before = _locked(connection, number, seen)
        connection.execute(_events.delete().where(_events.c.id == number))
        history.audit(connection, who, "event_removed", before.name, _fields_of(before).said, now)


def _locked(connection: Connection, number: int, seen: int) -> Row[Any]:
    row = connection.execute(select(_events).where(_events.c.id == number).with_for_update()).one_or_none()
    if row is None or row.revision != seen:
        raise ChangeRefusedError(STALE)
    return row


def _fields_of(row: Row[Any]) -> EventFields:
    return EventFields(**{name: getattr(row, name) for name in EventFields.model_fields})
