"""Define the tables of posts that staff label to check the model."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table

from ledger.schema.types import UtcTime, metadata

# A sample of posts, drawn at random with a seed: the newest one is worked on.
gold_samples = Table(
    "gold_samples",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("seed", String, nullable=False),
    Column("of", String, nullable=False),  # live archive example: the posts it was drawn from
    Column("until", UtcTime, nullable=False),  # posts received later could not be drawn
    Column("population", Integer, nullable=False),  # posts that could be drawn
    Column("who", String, nullable=False),
    Column("at", UtcTime, nullable=False),
)
gold_posts = Table(
    "gold_posts",
    metadata,
    Column("sample", Integer, ForeignKey("gold_samples.number"), primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True, index=True),
    Column("place", Integer, nullable=False),  # in the order of the draw
    Column("claimed_by", String),  # who has it before the eyes, so that no two people label it by chance
    Column("claimed_at", UtcTime),
)
# What a person answered. A second person's answers are a second row.
gold_labels = Table(
    "gold_labels",
    metadata,
    Column("sample", Integer, ForeignKey("gold_samples.number"), primary_key=True),
    Column("post_id", String, ForeignKey("posts.post_id"), primary_key=True, index=True),
    Column("who", String, primary_key=True),
    Column("answers", JSON, nullable=False),  # by question; empty: skipped
    Column("skipped", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
)
