"""Query the events that staff marked."""

from datetime import date

from sqlalchemy import or_, select

from core.records.marked_event import MarkedEvent
from ledger import schema
from ledger.database import Ledger

_events = schema.marked_events.c


def marked_events(
    ledger: Ledger, *, first: date | None = None, last: date | None = None, topic: str | None = None, district: str | None = None
) -> list[MarkedEvent]:
    """List events, the latest first.

    Args:
        ledger: the open ledger.
        first: only those that end on this day or later.
        last: only those that begin on this day or earlier.
        topic: only those about this service, or about all.
        district: only those in this district, or in the whole city.
    """
    statement = select(*(_events[name] for name in MarkedEvent.model_fields))
    if first is not None:
        statement = statement.where(_events.last_day >= first)
    if last is not None:
        statement = statement.where(_events.first_day <= last)
    if topic:
        statement = statement.where(or_(_events.topic == "", _events.topic == topic))
    if district:
        statement = statement.where(or_(_events.district == "", _events.district == district))
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(_events.first_day.desc(), _events.id.desc())).mappings()
        return [MarkedEvent(**row) for row in rows]


def marked_event(ledger: Ledger, number: int) -> MarkedEvent | None:
    """Return one event; None when there is none of this number."""
    statement = select(*(_events[name] for name in MarkedEvent.model_fields)).where(_events.id == number)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else MarkedEvent(**row)
