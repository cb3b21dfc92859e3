"""Add the remarks of people on reports."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "report_remarks",
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("report", "interval", name=op.f("pk_report_remarks")),
    )
