"""Define the tables of cursors, runs, rejects, gaps, checks and costs."""

from sqlalchemy import JSON, BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table

from ledger.schema.types import Number, UtcTime, metadata

cursors = Table(
    "cursors",
    metadata,
    Column("source", String, primary_key=True),
    Column("cursor", JSON),
    Column("number", Integer, nullable=False),  # grows with every page: a run that holds an older number is behind
    Column("updated_at", UtcTime, nullable=False),
    Column("quiet_since", UtcTime),  # start of the quiet period that was reported: one alarm each
)
runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("outcome", String),
    Column("cursor_number", Integer, nullable=False),
    # Counted at arrival, apart from the rows: reconciliation compares the two.
    Column("received", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("returned", Integer, nullable=False),  # erased posts that came again: rejected{erased}
    Column("objected", Integer, nullable=False, server_default="0"),  # posts of authors who objected: rejected{objected}
    Index("ix_runs_source", "source", "started_at"),
)
rejects = Table(
    "rejects",
    metadata,
    Column("id", Number, primary_key=True),
    Column("run_id", String, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("source", String, nullable=False),
    Column("place", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
gaps = Table(
    "gaps",
    metadata,
    Column("id", Number, primary_key=True),
    Column("source", String, nullable=False),
    Column("run_id", String, ForeignKey("runs.run_id"), nullable=False),
    Column("stream", String, nullable=False),
    Column("newer_than", String),
    Column("older_than", String),
    Column("reason", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_reason", String),  # of a lost gap: why it will never be filled
)
deletion_checks = Table(
    "deletion_checks",  # checks for upstream deletion: how many posts, and the answers
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("checked", Integer, nullable=False),
    Column("deleted", Integer, nullable=False),
    Column("unanswered", Integer, nullable=False),
)
spending = Table(
    "spending",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("usd_millionths", BigInteger, nullable=False),  # whole numbers add up; fractions of a dollar do not
)
