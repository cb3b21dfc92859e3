"""Index copies as spam; store which questions repeat another."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

COPY = "copy: nearly the same text as an earlier post"


def upgrade() -> None:
    """Add the column and index copies again.

    Their documents do not say that they are spam.
    """
    op.add_column("answer_checks", sa.Column("repeats", sa.String(), nullable=True))
    only = sa.text("repeats IS NOT NULL")
    op.create_index("ix_answer_checks_repeats", "answer_checks", ["repeats"], unique=False, sqlite_where=only, postgresql_where=only)
    posts = sa.table(
        "posts", sa.column("decision_reason", sa.String), sa.column("version", sa.Integer), sa.column("index_state", sa.String)
    )
    copies = posts.c.decision_reason.contains(COPY, autoescape=True) & (posts.c.index_state == "indexed")
    op.execute(sa.update(posts).where(copies).values(version=posts.c.version + 1, index_state="pending"))
