"""Store what triage compares of a post beside its annotation.

Of the posts there are, triage makes it when it needs it, and keeps it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0.3.2"
down_revision = "0.3.1"


def upgrade() -> None:
    op.add_column("annotations", sa.Column("features", sa.LargeBinary))
