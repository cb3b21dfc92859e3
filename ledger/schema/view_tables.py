"""Define the tables of saved views and their alerts."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ledger.schema.types import Number, UtcTime, index, metadata

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", String, primary_key=True),  # random, never used again: the audit names it
    Column("owner", String, nullable=False),  # user of the desk
    Column("page", String, nullable=False),  # posts cases
    Column("name", String, nullable=False),
    Column("query", Text, nullable=False),  # of the address that the view opens
    Column("shared", Boolean, nullable=False),  # shown to everyone
    Column("made_at", UtcTime, nullable=False),
    UniqueConstraint("owner", "page", "name", name="uq_saved_views_name"),
)
view_alerts = Table(
    "view_alerts",
    metadata,
    Column("id", Number, primary_key=True),
    Column("view", String, ForeignKey("saved_views.id"), nullable=False),
    Column("owner", String, nullable=False),  # who is alerted
    Column("channel", String, nullable=False),  # "mail" or "webhook URL"
    Column("hour", Integer),  # of the daily digest, by the city's clock; None: at once
    Column("paused", Boolean, nullable=False),
    Column("digest_day", String, nullable=False),  # last day whose digest was made, ISO; empty: of an alert at once
    Column("made_at", UtcTime, nullable=False),
    UniqueConstraint("view", "owner", name="uq_view_alerts_owner"),
)
# What a message tells is written in the transaction that gives it its matches, and its row of the outbox with it.
view_messages = Table(
    "view_messages",
    metadata,
    Column("id", Number, primary_key=True),
    Column("alert", Number, ForeignKey("view_alerts.id"), nullable=False, index=True),
    Column("listed", Integer, nullable=False),  # matches it lists; the others are counted
    Column("made_at", UtcTime, nullable=False),
)
# One row for each post or case that an alert has seen: sent once, or there before the alert.
view_matches = Table(
    "view_matches",
    metadata,
    Column("alert", Number, ForeignKey("view_alerts.id"), primary_key=True),
    Column("item", String, primary_key=True),  # post_id or case_key
    Column("found_at", UtcTime, nullable=False),
    Column("waits", Boolean, nullable=False),  # for the next message
    Column("message", Number, ForeignKey("view_messages.id"), index=True),
    Index("ix_view_matches_item", "item"),
    index("ix_view_matches_waiting", "alert", only="waits"),
)
