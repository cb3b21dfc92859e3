"""Create the tables of saved views and their alerts, and users' departments."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, empty."""
    op.add_column("users", sa.Column("department", sa.String(), nullable=True))
    op.create_table(
        "saved_views",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner", "page", "name", name="uq_saved_views_name"),
    )
    op.create_table(
        "view_alerts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("digest_day", sa.String(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["view"], ["saved_views.id"], name=op.f("fk_view_alerts_view")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_alerts")),
        sa.UniqueConstraint("view", "owner", name="uq_view_alerts_owner"),
    )
    op.create_table(
        "view_messages",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("alert", NUMBER, nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["view_alerts.id"], name=op.f("fk_view_messages_alert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_messages")),
    )
    op.create_index(op.f("ix_view_messages_alert"), "view_messages", ["alert"])
    op.create_index("ix_view_messages_state", "view_messages", ["state"])
    op.create_table(
        "view_matches",
        sa.Column("alert", NUMBER, nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("message", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["view_alerts.id"], name=op.f("fk_view_matches_alert")),
        sa.ForeignKeyConstraint(["message"], ["view_messages.id"], name=op.f("fk_view_matches_message")),
        sa.PrimaryKeyConstraint("alert", "item", name=op.f("pk_view_matches")),
    )
    op.create_index(op.f("ix_view_matches_message"), "view_matches", ["message"])
    op.create_index("ix_view_matches_item", "view_matches", ["item"])
    only = sa.text("waits")
    op.create_index("ix_view_matches_waiting", "view_matches", ["alert"], sqlite_where=only, postgresql_where=only)
