"""Keep how people write in the posts of files."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Add the column, empty: posts stored before keep the style that their text gave them."""
    op.add_column("posts", sa.Column("style", sa.String(), nullable=True))
