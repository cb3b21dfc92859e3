"""Define the tables of subscriptions and assistant calls."""

from sqlalchemy import Column, Date, Integer, String, Table, Text

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
