"""Add the label `spam`; older annotations have none until annotated again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("labels", sa.Column("spam", sa.Boolean(), nullable=True))
    op.add_column("labels", sa.Column("spam_score", sa.Float(), nullable=True))
