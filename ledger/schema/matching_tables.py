"""Define the tables of incident matching.

Memberships, suggestions, rulings, and the keys by which later posts find earlier ones.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from ledger.schema.types import Number, UtcTime, index, metadata

# Every post that may belong to an incident is in one, even alone; an incident has a row in `incidents` once it has a case.
incident_posts = Table(
    "incident_posts",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("incident_key", String, nullable=False),
    Column("who", String, nullable=False),  # escucha, or the person who ruled so
    Column("probability", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("has_keys", Boolean, nullable=False),  # its keys are in match_keys
    Index("ix_incident_posts_incident_key", "incident_key"),
    index("ix_incident_posts_without_keys", "post_id", only="NOT has_keys"),
)
incident_suggestions = Table(
    "incident_suggestions",
    metadata,
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("incident_key", String, nullable=False),
    Column("probability", Float, nullable=False),
)
# A ruling of a person is a hard constraint: triage never undoes it. It is training data too.
incident_rulings = Table(
    "incident_rulings",
    metadata,
    Column("id", Number, primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), nullable=False, index=True),
    Column("incident_key", String, nullable=False),
    Column("same", Boolean, nullable=False),
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
# Hashes of place, thread, rare words ... of the posts of the last weeks; `at` in seconds since 1970, as posts are compared.
match_keys = Table(
    "match_keys",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("at", Float, primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True),
    Index("ix_match_keys_post_id", "post_id"),
    Index("ix_match_keys_at", "at"),
)
