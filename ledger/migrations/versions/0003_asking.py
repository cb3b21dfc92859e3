"""Add `askings`, reported quiet periods, reasons of lost gaps, and `origins.seen_at`."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("cursors", sa.Column("quiet_since", TIME, nullable=True))
    op.add_column("gaps", sa.Column("closed_reason", sa.String(), nullable=True))
    op.execute("UPDATE gaps SET state = 'lost', closed_reason = reason WHERE state = 'open' AND reason = 'look_back'")
    op.create_table(
        "askings",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_askings")),
    )
    op.add_column("origins", sa.Column("source", sa.String(), nullable=True))
    op.add_column("origins", sa.Column("seen_at", TIME, nullable=True))
    of_post = "FROM posts WHERE posts.post_id = origins.post_id"
    op.execute(f"UPDATE origins SET source = (SELECT source {of_post}), seen_at = (SELECT received_at {of_post})")  # noqa: S608 (no value in it)
    with op.batch_alter_table("origins") as origins:
        origins.alter_column("source", existing_type=sa.String(), nullable=False)
        origins.alter_column("seen_at", existing_type=TIME, nullable=False)
    op.create_index("ix_origins_seen", "origins", ["source", "seen_at"], unique=False)
