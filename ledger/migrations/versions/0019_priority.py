"""Store the points of priorities; compute them for open cases."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

OPEN = ("new", "assigned", "answered")


def upgrade() -> None:
    """Add the columns; the next triage computes the points of open cases."""
    op.add_column("cases", sa.Column("priority_points", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("cases", sa.Column("priority_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    cases = sa.table("cases", sa.column("state", sa.String), sa.column("priority_due", sa.Boolean))
    op.execute(sa.update(cases).where(cases.c.state.in_(OPEN)).values(priority_due=True))
    only = sa.text("priority_due")
    op.create_index("ix_cases_priority_due", "cases", ["case_key"], unique=False, sqlite_where=only, postgresql_where=only)
