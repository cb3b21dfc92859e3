"""Create the tables of case events and of their delivery to webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "case_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("queued", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_case_events_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_case_events_event_id")),
    )
    op.create_index(op.f("ix_case_events_at"), "case_events", ["at"], unique=False)
    only = sa.text("NOT queued")
    op.create_index("ix_case_events_unqueued", "case_events", ["id"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "webhook_deliveries",
        sa.Column("event", NUMBER, nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_webhook_deliveries_case_key")),
        sa.ForeignKeyConstraint(["event"], ["case_events.id"], name=op.f("fk_webhook_deliveries_event")),
        sa.PrimaryKeyConstraint("event", "endpoint", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index("ix_webhook_deliveries_state", "webhook_deliveries", ["endpoint", "state"])
    op.create_index("ix_webhook_deliveries_order", "webhook_deliveries", ["case_key", "endpoint", "event"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_webhook_endpoints")),
    )
