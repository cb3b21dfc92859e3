"""Keep the service that the citizen of a report chose."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"


def upgrade() -> None:
    """Add the column, empty: of older reports only the topic's correction is known."""
    op.add_column("posts", sa.Column("service", sa.String(), nullable=True))
