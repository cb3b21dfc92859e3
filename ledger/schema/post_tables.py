"""Define the tables of posts, annotations, corrections and tombstones."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from ledger.schema.types import Number, UtcTime, index, metadata

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
    Column("style", String),  # of a post from a file: network platform letter; None: as its source says
    Column("likes", BigInteger),  # counts when the network last returned it; None: it does not tell
    Column("shares", BigInteger),
    Column("replies", BigInteger),
    Column("views", BigInteger),
    Column("followers_band", String),  # of its author, coarsely, never the number; None: the network does not tell
    Column("lat", Float),  # the point that a report gives as its place; None: it gives none
    Column("lon", Float),
    Column("service", String),  # topic of the service that a report's citizen chose; None: chose none
    Column("month", String, nullable=False),
    Column("state", String, nullable=False),  # pending classified quarantined
    Column("state_reason", String),
    Column("annotate_worker", String),
    Column("annotate_until", UtcTime),
    Column("decision", String, nullable=False),  # untriaged in_case in_review no_case
    Column("decision_reason", String, nullable=False),
    Column("decided_by", String),
    Column("case_kind", String),  # report request question proposal praise thanks other; None: not decided, own, or spam
    Column("case_kind_reason", String),
    Column("offered_version", Integer),  # the version offered to triage; a decision about an older one is not written
    Column("version", Integer, nullable=False),
    Column("index_state", String, nullable=False),  # pending indexed refused
    Column("index_reason", String),
    Column("index_worker", String),
    Column("index_until", UtcTime),
    Column("in_engine", Boolean, nullable=False),  # its document may be in the search engine
    Index("ix_posts_created", "created_at", "post_id"),
    Index("ix_posts_decision", "decision", "created_at"),
    Index("ix_posts_steps", "state", "decision", "index_state"),
    Index("ix_posts_source", "source", "created_at"),
    index("ix_posts_replayed", "source", only="replayed_from IS NOT NULL"),
    index("ix_posts_pending", "created_at", only="state = 'pending'"),
    index("ix_posts_untriaged", "created_at", only="state = 'classified' AND decision = 'untriaged'"),
    index("ix_posts_unindexed", "created_at", only="index_state = 'pending'"),
    index("ix_posts_without_kind", "post_id", only="case_kind_reason IS NULL AND decision <> 'untriaged'"),
)
# Days (UTC) on which posts were written, with a number that grows when a post of that day is stored, deleted, or gets a new version.
# Triggers on `posts` write it (`ledger/migrations`); a day may have several rows, whose sum counts. Readers that keep counts compare it.
post_days = Table("post_days", metadata, Column("day", String, nullable=False, index=True), Column("changes", BigInteger, nullable=False))
origins = Table(
    "origins",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("seen_at", UtcTime, nullable=False),  # when the network last returned it, or did not answer
    Index("ix_origins_seen", "source", "seen_at"),
)
# Complaints of citizens whose posts the retention forgot: numbers that a forecast learns from, and nothing that leads to a post.
past_counts = Table(
    "past_counts",
    metadata,
    Column("day", Date, primary_key=True),  # UTC, on which they were written
    Column("source", String, primary_key=True),
    Column("made_up", Boolean, primary_key=True),  # replayed, or an example
    Column("topic", String, primary_key=True),  # empty: none
    Column("district", String, primary_key=True),  # empty: none
    Column("number", Integer, nullable=False),
)
tombstones = Table(
    "tombstones",
    metadata,
    Column("post_id", String, primary_key=True),
    Column("source", String, nullable=False),
    Column("run_id", String, index=True),  # None: deleted upstream before it ever came in
    Column("reason", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
suppressions = Table(
    "suppressions",
    metadata,
    Column("author", String, primary_key=True),  # keyed hash
    Column("objects", Boolean, nullable=False),  # False: the objection was withdrawn
    Column("changed_at", UtcTime, nullable=False),
)
annotations = Table(
    "annotations",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("text_version", Integer, nullable=False),
    Column("embedding", LargeBinary, nullable=False),
    Column("labels", Text, nullable=False),
    Column("model", String, nullable=False, index=True),
    Column("truncated", Boolean, nullable=False),
    Column("annotated_at", UtcTime, nullable=False),
    Column("features", LargeBinary),  # what triage compares of it; None: made when triage needs them
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
# The labels in force: the model's, with corrections applied. Rebuilt from `annotations` and `corrections`
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
    Column("spam", Boolean),
    Column("spam_score", Float),
    Column("sensitive", Boolean),
    Column("corrected", JSON, nullable=False),
    Column("confirmed", JSON, nullable=False, default=[], server_default="[]"),  # those of them equal to the annotator's
    Column("topic_certainty", Float),  # the annotator's score, whatever people said
    Column("actionable_certainty", Float),
    Column("places", Text, nullable=False),
    Column("place", String),
    Column("district", String),
    Column("barrio", String),
    Column("lat", Float),
    Column("lon", Float),
)
