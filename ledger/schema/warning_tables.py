"""Define the tables of early warnings, their notices and deliveries."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, Table, UniqueConstraint

from ledger.schema.types import Number, UtcTime, index, metadata

warnings = Table(
    "warnings",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String, nullable=False),  # trends.records.SUBJECT_KINDS
    Column("subject", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("detected_at", UtcTime, nullable=False, index=True),
    Column("last_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),  # None: still going on
    Column("people", Integer, nullable=False),
    Column("counted", Integer, nullable=False),  # people in the window of the detection
    Column("expected", Float, nullable=False),  # people expected in it
    Column("window_s", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("also", JSON, nullable=False),  # other subjects that rose with the same posts
    Column("shown", JSON, nullable=False),  # ids of representative posts
    Column("example", Boolean, nullable=False),  # of replayed or example posts only: never sent
    Column("announced", Integer, nullable=False),  # people at the last notice
    UniqueConstraint("kind", "subject", "started_at", name="uq_warnings_identity"),
    index("ix_warnings_open", "detected_at", only="ended_at IS NULL"),
)
warning_posts = Table(
    "warning_posts",
    metadata,
    Column("warning", Number, ForeignKey("warnings.id"), primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True, index=True),
)
# A notice is written in the transaction that changes its warning, and its rows of the outbox with it.
warning_notices = Table(
    "warning_notices",
    metadata,
    Column("id", Number, primary_key=True),
    Column("warning", Number, ForeignKey("warnings.id"), nullable=False),
    Column("sequence", Integer, nullable=False),  # 1, 2 ... of one warning
    Column("change", String, nullable=False),  # started grew ended
    Column("people", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("warning", "sequence", name="uq_warning_notices_order"),
)
