"""Create the tables of early warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "warnings",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("detected_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("announced", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warnings")),
        sa.UniqueConstraint("kind", "subject", "started_at", name="uq_warnings_identity"),
    )
    op.create_index(op.f("ix_warnings_detected_at"), "warnings", ["detected_at"])
    only = sa.text("ended_at IS NULL")
    op.create_index("ix_warnings_open", "warnings", ["detected_at"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "warning_posts",
        sa.Column("warning", NUMBER, nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["warning"], ["warnings.id"], name=op.f("fk_warning_posts_warning")),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_warning_posts_post_id")),
        sa.PrimaryKeyConstraint("warning", "post_id", name=op.f("pk_warning_posts")),
    )
    op.create_index(op.f("ix_warning_posts_post_id"), "warning_posts", ["post_id"])
    op.create_table(
        "warning_notices",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("warning", NUMBER, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["warning"], ["warnings.id"], name=op.f("fk_warning_notices_warning")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_notices")),
        sa.UniqueConstraint("warning", "sequence", name="uq_warning_notices_order"),
    )
    op.create_table(
        "warning_deliveries",
        sa.Column("notice", NUMBER, nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["warning_notices.id"], name=op.f("fk_warning_deliveries_notice")),
        sa.PrimaryKeyConstraint("notice", "receiver", name=op.f("pk_warning_deliveries")),
    )
    op.create_index("ix_warning_deliveries_state", "warning_deliveries", ["state"])
