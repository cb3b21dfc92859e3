"""The tables of the ledger: what is written down about each post, reading, decision, case and delivery."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

REVISION = "0001"
"""The migration that makes the tables as they stand here."""


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone, PostgreSQL answers in the session's: both give UTC back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The same moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# The same number on both: SQLite counts up by itself in an INTEGER key only.
Number = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _index(name: str, *columns: str, only: str, unique: bool = False) -> Index:
    """An index of the few rows that wait, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(only), postgresql_where=text(only))


meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

# ---- arrivals: what came in, from where, how far, and what it cost

cursors = Table(
    "cursors",
    metadata,
    Column("source", String, primary_key=True),
    Column("cursor", JSON),
    Column("number", Integer, nullable=False),  # grows with every page: a run that knows an older number is behind
    Column("updated_at", UtcTime, nullable=False),
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
    # Counted at arrival, apart from the rows: the identity compares the two.
    Column("received", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("returned", Integer, nullable=False),  # erased posts that were delivered again: rejected{erased}
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
)
spending = Table(
    "spending",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("usd_millionths", BigInteger, nullable=False),  # whole numbers add up; fractions of a dollar do not
)

# ---- posts and what the reader found in them

posts = Table(
    "posts",
    metadata,
    Column("post_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("run_id", String, ForeignKey("runs.run_id"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("own", Boolean, nullable=False),
    Column("author", String, index=True),
    Column("text", Text, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("edited_at", UtcTime),
    Column("replayed_from", UtcTime),
    Column("network_language", String),
    Column("thread", String, index=True),
    Column("reply_to", String),
    Column("month", String, nullable=False),
    Column("state", String, nullable=False),  # pending classified quarantined
    Column("state_reason", String),
    Column("read_worker", String),
    Column("read_until", UtcTime),
    Column("decision", String, nullable=False),  # untriaged in_case in_review no_case
    Column("decision_reason", String, nullable=False),
    Column("decided_by", String),
    Column("offered_version", Integer),  # the version triage was shown; a decision about an older one is not written
    Column("version", Integer, nullable=False),
    Column("index_state", String, nullable=False),  # pending indexed refused
    Column("index_reason", String),
    Column("index_worker", String),
    Column("index_until", UtcTime),
    Column("in_engine", Boolean, nullable=False),  # a document of it may be in the search engine
    Index("ix_posts_created", "created_at", "post_id"),
    Index("ix_posts_decision", "decision", "created_at"),
    _index("ix_posts_unread", "created_at", only="state = 'pending'"),
    _index("ix_posts_untriaged", "created_at", only="state = 'classified' AND decision = 'untriaged'"),
    _index("ix_posts_unindexed", "created_at", only="index_state = 'pending'"),
)
origins = Table(
    "origins",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("origin", Text, nullable=False),
)
stubs = Table(
    "stubs",
    metadata,
    Column("post_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("run_id", String, index=True),  # None: deleted upstream before it ever came in
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
readings = Table(
    "readings",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("text_version", Integer, nullable=False),
    Column("embedding", LargeBinary, nullable=False),
    Column("labels", Text, nullable=False),
    Column("model", String, nullable=False, index=True),
    Column("truncated", Boolean, nullable=False),
    Column("read_at", UtcTime, nullable=False),
)
corrections = Table(
    "corrections",
    metadata,
    Column("id", Number, primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), nullable=False, index=True),
    Column("question", String, nullable=False),
    Column("value", JSON, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
# What holds now: the reader's answers with people's corrections laid over. Made anew from `readings` and `corrections`
# whenever either changes, so that every list can be filtered and counted by the database.
labels = Table(
    "labels",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("model", String, nullable=False),
    Column("language", String),
    Column("sentiment", String),
    Column("sentiment_score", Float),
    Column("intent", String),
    Column("intent_score", Float),
    Column("topic", String),
    Column("topic_score", Float),
    Column("actionable", Boolean),
    Column("actionable_score", Float),
    Column("relevance", Boolean),
    Column("relevance_score", Float),
    Column("corrected", JSON, nullable=False),
    Column("places", Text, nullable=False),
    Column("place", String),
    Column("district", String),
    Column("barrio", String),
    Column("lat", Float),
    Column("lon", Float),
)

# ---- the case book

incidents = Table(
    "incidents",
    metadata,
    Column("incident_key", String, primary_key=True),
    Column("topic", String, nullable=False),
    Column("place_key", String),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False, index=True),
)
cases = Table(
    "cases",
    metadata,
    Column("case_key", String, primary_key=True),
    Column("incident_key", String, ForeignKey("incidents.incident_key"), nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("department", String, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("due_at", UtcTime, nullable=False),
    Column("place", String),
    Column("district", String),
    Column("barrio", String),
    Column("lat", Float),
    Column("lon", Float),
    Column("state", String, nullable=False, index=True),
    Column("system", String, nullable=False),  # who works it now
    Column("deliver_to", String, nullable=False),  # who was to work it when it was opened; never changes
    Column("reference", String),
    Column("standing", String),  # what the outside system said last
    Column("replay", Boolean, nullable=False),
    Column("month", String, nullable=False),
    Column("source", String, nullable=False),
    Column("sources", JSON, nullable=False),
    # Counters: they stay when posts are forgotten, and the identity compares them with the rows.
    Column("posts", Integer, nullable=False),
    Column("authors", Integer, nullable=False),
    Column("forgotten", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("index_state", String, nullable=False),
    Column("index_reason", String),
    Column("index_worker", String),
    Column("index_until", UtcTime),
    Column("in_engine", Boolean, nullable=False),
    _index("ix_cases_unindexed", "received_at", only="index_state = 'pending'"),
)
case_posts = Table(
    "case_posts",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),  # a post is in one case at most
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
)
transitions = Table(
    "transitions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String, nullable=False),
    Column("why", Text, nullable=False),
)
notes = Table(
    "notes",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False, index=True),
    Column("who", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_key", String, ForeignKey("cases.case_key"), nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String, nullable=False),  # open append
    Column("note_key", String, nullable=False),
    Column("state", String, nullable=False),  # pending sending sent unknown refused gone
    Column("reference", String),
    Column("reason", Text),
    Column("worker", String),
    Column("until", UtcTime),
    Column("attempt", Integer, nullable=False),
    Column("not_before", UtcTime),
    Column("made_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("case_key", "kind", "note_key", name="uq_deliveries_case"),
    Index("ix_deliveries_state", "system", "state"),
    _index("uq_deliveries_reference", "system", "reference", unique=True, only="kind = 'open'"),
)
delivery_posts = Table(
    "delivery_posts",
    metadata,
    Column("delivery_id", Number, ForeignKey("deliveries.id"), primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True, index=True),
)

# ---- the rest of the house

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
    Column("why", Text, nullable=False),
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
)
