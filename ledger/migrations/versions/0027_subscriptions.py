"""Add subscriptions to reports, their mails, and calls of the assistant."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, empty."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("every", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_owner"), "subscriptions", ["owner"], unique=False)
    op.create_table(
        "subscription_mails",
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("previous", TIME, nullable=False),
        sa.Column("start", TIME, nullable=False),
        sa.Column("end", TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name=op.f("fk_subscription_mails_subscription")),
        sa.PrimaryKeyConstraint("subscription", "period", name=op.f("pk_subscription_mails")),
    )
    op.create_index("ix_subscription_mails_state", "subscription_mails", ["state"], unique=False)
    op.create_table(
        "assistant_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assistant_calls")),
    )
    op.create_index(op.f("ix_assistant_calls_day"), "assistant_calls", ["day"], unique=False)
