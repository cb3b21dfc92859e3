"""Define the tables of subscriptions, their mails, and assistant calls."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from ledger.schema.types import Number, UtcTime, metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),  # user of the desk; the user may be removed
    Column("address", String),  # outside the desk; None: the owner's own
    Column("report", String, nullable=False),
    Column("filter", Text, nullable=False),  # query of the desk's filters
    Column("every", String, nullable=False),  # daily weekly monthly
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("format", String, nullable=False),
    Column("language", String, nullable=False),
    Column("state", String, nullable=False),  # active paused ended
    Column("since", UtcTime, nullable=False),
)
# The outbox: one row for each subscription and period.
subscription_mails = Table(
    "subscription_mails",
    metadata,
    Column("subscription", String, ForeignKey("subscriptions.id"), primary_key=True),
    Column("period", String, primary_key=True),
    Column("previous", UtcTime, nullable=False),
    Column("start", UtcTime, nullable=False),
    Column("end", UtcTime, nullable=False),
    Column("state", String, nullable=False),  # pending sending sent refused stopped
    Column("attempt", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", String, nullable=False),
    Column("worker", String),
    Column("until", UtcTime),
    Column("not_before", UtcTime),
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_subscription_mails_state", "state"),
)
# One row for each request to the assistant, written before it leaves: the day's budget counts them.
assistant_calls = Table(
    "assistant_calls",
    metadata,
    Column("id", Number, primary_key=True),
    Column("day", Date, nullable=False, index=True),  # by the city's clock
    Column("at", UtcTime, nullable=False),
    Column("who", String, nullable=False),
    Column("task", String, nullable=False),  # summary translation draft
    Column("characters", Integer, nullable=False),  # sent
)
