"""Add the kind of posts and cases; the next triage back-fills it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("posts", sa.Column("case_kind", sa.String(), nullable=True))
    op.add_column("posts", sa.Column("case_kind_reason", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("kind", sa.String(), nullable=True))
    for name, table, column, only in (
        ("ix_posts_unkinded", "posts", "post_id", "case_kind_reason IS NULL AND decision <> 'untriaged'"),
        ("ix_cases_unkinded", "cases", "case_key", "kind IS NULL"),
    ):
        where = sa.text(only)
        op.create_index(name, table, [column], unique=False, sqlite_where=where, postgresql_where=where)
