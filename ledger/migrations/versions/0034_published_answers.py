"""Name the portal as channel of approved answers to its reports.

Until now they waited for a person to copy them by hand, although the page of the report showed them.
"""

from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Change the channel; they are published like those approved from now on."""
    op.execute("UPDATE answers SET channel = 'portal' WHERE state = 'approved' AND post_id IN (SELECT receipts.post_id FROM receipts)")
