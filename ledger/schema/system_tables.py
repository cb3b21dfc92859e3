"""Tables of the rest of the house: the ledger itself, leases, deletions, audit, mails, users and their sessions."""

from sqlalchemy import Boolean, Column, String, Table, Text

from ledger.schema.types import Number, UtcTime, metadata

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

deletions = Table(
    "deletions",  # documents of forgotten posts, until the search engine has confirmed
    metadata,
    Column("post_id", String, primary_key=True),
    Column("queued_at", UtcTime, nullable=False),
    Column("worker", String),
    Column("until", UtcTime),
    Column("held_by", String),  # was writing this document when the post was forgotten: delete after it
    Column("held_until", UtcTime),
)
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", UtcTime, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Number, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("why", Text, nullable=False),  # emptied when the post or case it speaks of is forgotten
    Column("why_mac", String),  # keyed hash of `why`: stays when `why` is emptied
    Column("chain", String),  # keyed hash over this entry and the one before; None: older than the chain
)
mails = Table(
    "mails",
    metadata,
    Column("report", String, primary_key=True),
    Column("interval", String, primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("claimed_at", UtcTime, nullable=False),
    Column("mailed_at", UtcTime),
)
users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String, primary_key=True),  # SHA-256 of the random id in the cookie, which is stored nowhere
    Column("user", String, nullable=False, index=True),
    Column("csrf", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
