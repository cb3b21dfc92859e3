"""Add `billed`: what a network has charged today, record by record.

A record fetched twice on one day is paid once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "billed",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("usd_millionths", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", "resource", name=op.f("pk_billed")),
    )
