"""What was paid to a network and is not charged yet stands in the ledger.

The rest that older cursors hold is not taken over: a kill may have brought it back after it was used up, and then the books would stand
below the bill. It stays counted as spent, which is a page at most, once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "purses",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("usd_millionths", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_purses")),
    )
