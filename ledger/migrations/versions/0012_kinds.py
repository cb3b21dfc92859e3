"""Posts and cases have a kind; those decided before have none until they are decided again or a person says so."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("posts", sa.Column("case_kind", sa.String(), nullable=True))
    op.add_column("posts", sa.Column("case_kind_reason", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("kind", sa.String(), nullable=True))
