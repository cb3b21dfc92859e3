"""Note which topic a case may have, where that is too uncertain."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Add the column, and the index of the cases that ask."""
    op.add_column("cases", sa.Column("topic_guess", sa.String(), nullable=True))
    asked = sa.text("topic_guess IS NOT NULL")
    op.create_index("ix_cases_topic_guess", "cases", ["case_key"], unique=False, sqlite_where=asked, postgresql_where=asked)
