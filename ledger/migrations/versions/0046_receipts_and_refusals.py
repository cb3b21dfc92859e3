"""Keep refusals of mails about cases, and which answers are receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0043"


def upgrade() -> None:
    """Add the columns; no earlier answer is taken for a receipt."""
    op.add_column("case_mails", sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("case_mails", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case_mails", sa.Column("given_up", sa.String(), nullable=True))
    op.add_column("answers", sa.Column("acknowledges", sa.Boolean(), nullable=False, server_default=sa.false()))
