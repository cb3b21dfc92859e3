"""Define the tables of case events and of their delivery to webhooks."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from ledger.schema.types import Number, UtcTime, index, metadata

# The outbox: written in the transaction that changes the case.
case_events = Table(
    "case_events",
    metadata,
    Column("id", Number, primary_key=True),
    Column("event_id", String, nullable=False, unique=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False),
    Column("name", String, nullable=False),  # opened merged split answered closed reopened
    Column("sequence", Integer, nullable=False),  # revision of the case
    Column("at", UtcTime, nullable=False, index=True),
    Column("data", JSON, nullable=False),  # numbers and names of services; no text, author or place of a post
    Column("queued", Boolean, nullable=False),  # its deliveries are written
    index("ix_case_events_unqueued", "id", only="NOT queued"),
)
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("event", Number, ForeignKey("case_events.id"), primary_key=True),
    Column("endpoint", String, primary_key=True),  # the address in the profile
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False),
    Column("state", String, nullable=False),  # pending sending sent dead
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("worker", String),
    Column("until", UtcTime),
    Column("reason", Text, nullable=False),  # of the last failure
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_webhook_deliveries_state", "endpoint", "state"),
    Index("ix_webhook_deliveries_order", "case_key", "endpoint", "event"),
)
# One row for each receiver that failed; none while all is well.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("endpoint", String, primary_key=True),
    Column("failures", Integer, nullable=False),  # one after another
    Column("not_before", UtcTime),  # nothing is sent there until then
    Column("stopped_at", UtcTime),  # it answered 410: nothing is sent there until a person says so
    Column("reason", Text, nullable=False),
)
