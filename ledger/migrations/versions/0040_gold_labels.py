"""Keep samples of posts that staff label to check the model."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "gold_samples",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_gold_samples")),
    )
    op.create_table(
        "gold_posts",
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_gold_posts_post_id")),
        sa.ForeignKeyConstraint(["sample"], ["gold_samples.number"], name=op.f("fk_gold_posts_sample")),
        sa.PrimaryKeyConstraint("sample", "post_id", name=op.f("pk_gold_posts")),
    )
    op.create_index(op.f("ix_gold_posts_post_id"), "gold_posts", ["post_id"], unique=False)
    op.create_table(
        "gold_labels",
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_gold_labels_post_id")),
        sa.ForeignKeyConstraint(["sample"], ["gold_samples.number"], name=op.f("fk_gold_labels_sample")),
        sa.PrimaryKeyConstraint("sample", "post_id", "who", name=op.f("pk_gold_labels")),
    )
    op.create_index(op.f("ix_gold_labels_post_id"), "gold_labels", ["post_id"], unique=False)
