"""Define the tables of leases, index deletions, audit, mails and users."""

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text, UniqueConstraint

from ledger.schema.types import Number, UtcTime, metadata

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

index_deletions = Table(
    "index_deletions",  # documents of forgotten posts, until the search engine confirms
    metadata,
    Column("post_id", String, primary_key=True),
    Column("queued_at", UtcTime, nullable=False),
    Column("worker", String),
    Column("until", UtcTime),
    Column("held_by", String),  # the worker that was writing this document when the post was forgotten: delete afterwards
    Column("held_until", UtcTime),
    Column("month", String),  # of the document's index; None: queued by a version that did not keep it
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
    Column("why", Text, nullable=False),  # emptied when its post or case is forgotten
    Column("why_mac", String),  # keyed hash of `why`: stays when `why` is emptied
    Column("chain", String),  # keyed hash over this entry and the one before; None: older than the chain
)
users = Table(
    "users",
    metadata,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("mail", String),  # for mails about watched cases and saved views; None: no mails
    Column("department", String),  # whose cases are "my department"; None: not chosen
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
# Tokens of systems that read by the interfaces of the portal. A revoked one stays: its name in the audit log must mean one token for ever.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False, unique=True),  # SHA-256 of the token, which is stored nowhere
    Column("scopes", String, nullable=False),  # separated by blanks
    Column("made_by", String, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("used_at", UtcTime),  # of its last use, to the hour
)
profile_changes = Table(
    "profile_changes",  # what administrators changed of the profile on the desk; the newest of a section is in force
    metadata,
    Column("id", Number, primary_key=True),
    Column("profile", String, nullable=False),
    Column("section", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("patch", JSON, nullable=False),
    Column("differences", JSON, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("profile", "section", "revision", name="uq_profile_changes_revision"),
)
setup_skips = Table(
    "setup_skips",  # steps of the set-up that an administrator left out for now
    metadata,
    Column("profile", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
collect_requests = Table(
    "collect_requests",  # sources that a person wants collected before their next run; over when a later run has begun
    metadata,
    Column("source", String, primary_key=True),
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
