"""Store the month of a deleted document with its deletion."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column; queued deletions without a month go to every month."""
    op.add_column("index_deletions", sa.Column("month", sa.String()))
