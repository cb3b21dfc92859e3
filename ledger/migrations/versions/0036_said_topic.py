"""Note which service a citizen named on the page of a report."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Add the column, empty: no citizen was asked before."""
    op.add_column("receipts", sa.Column("said_topic", sa.String(), nullable=True))
