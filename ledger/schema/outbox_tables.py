"""Define the outbox: the one table of all that has to leave."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ledger.schema.types import Number, UtcTime, index, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String, nullable=False),  # pipeline.outbox.kinds
    Column("subject", String, nullable=False),
    Column("receiver", String, nullable=False, index=True),  # never a citizen's address
    Column("channel", String, nullable=False),  # "mail", "webhook URL" or a source
    Column("thread", String, nullable=False),  # leaves in order by receiver; empty: in any order
    Column("state", String, nullable=False),  # core.records.outbox.OUTBOX_STATES
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("worker", String),
    Column("until", UtcTime),  # end of the worker's claim
    Column("reason", Text, nullable=False),
    Column("message_id", String, nullable=False),
    Column("data", JSON, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("kind", "subject", "receiver", name="uq_outbox_identity"),
    Index("ix_outbox_state", "kind", "state"),
    index("ix_outbox_thread", "thread", "receiver", only="state IN ('pending', 'sending', 'unknown') AND thread != ''"),
)
# What a message tells, one row an item: no item is in two messages.
outbox_items = Table(
    "outbox_items",
    metadata,
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),  # a case, the number of a receipt
    Column("what", String, primary_key=True),  # "50", "reopened STEP", "changed REVISION NAME"; "confirm", "step ID", "answer KEY"
    Column("message", Number, ForeignKey("outbox.id"), nullable=False, index=True),
)
# One row for each channel that failed; none while all is well.
outbox_channels = Table(
    "outbox_channels",
    metadata,
    Column("channel", String, primary_key=True),
    Column("failures", Integer, nullable=False),  # one after another
    Column("not_before", UtcTime),  # nothing is sent over it until then
    Column("stopped_at", UtcTime),  # it answered 410: nothing is sent over it until a person says so
    Column("reason", Text, nullable=False),
)
# How many messages of a kind were ever due and not deleted: the left side of the balance.
outbox_counters = Table("outbox_counters", metadata, Column("kind", String, primary_key=True), Column("due", Integer, nullable=False))
