"""Keep the service that the citizen of a report chose."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"


def upgrade() -> None:
    """Add the column, empty: older reports keep only their topic."""
    op.add_column("posts", sa.Column("service", sa.String(), nullable=True))
