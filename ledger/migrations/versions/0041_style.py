"""Keep how people write in the posts of files."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Add the column, empty: older posts keep the style of their text."""
    op.add_column("posts", sa.Column("style", sa.String(), nullable=True))
