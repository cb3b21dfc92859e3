"""Add objections of authors, and count the posts refused for them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "suppressions",
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("objects", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("author", name=op.f("pk_suppressions")),
    )
    op.add_column("runs", sa.Column("objected", sa.Integer(), nullable=False, server_default="0"))
