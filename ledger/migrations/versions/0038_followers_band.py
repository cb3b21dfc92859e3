"""Store how many followers the author of a post has, coarsely."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Add the column; the next fetch of a post fills it."""
    op.add_column("posts", sa.Column("followers_band", sa.String(), nullable=True))
