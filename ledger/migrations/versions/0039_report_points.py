"""Keep the point that a report gives as its place."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Add the columns, empty: no report gave a point before."""
    op.add_column("posts", sa.Column("lat", sa.Float(), nullable=True))
    op.add_column("posts", sa.Column("lon", sa.Float(), nullable=True))
