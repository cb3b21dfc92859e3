"""Define the table of events marked by staff."""

from sqlalchemy import Column, Date, Integer, String, Table, UniqueConstraint

from ledger.schema.types import Number, UtcTime, metadata

# A strike, a festival: shown on every timeline. A form that is sent twice names the same event.
marked_events = Table(
    "marked_events",
    metadata,
    Column("id", Number, primary_key=True),
    Column("name", String, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),  # inclusive
    Column("topic", String, nullable=False),  # empty: all services
    Column("district", String, nullable=False),  # empty: the whole city
    Column("revision", Integer, nullable=False),
    Column("changed_by", String, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("name", "first_day", "last_day", "topic", "district", name="uq_marked_events_identity"),
)
