"""Store what triage compares of a post beside its annotation.

Of the posts there are, triage makes it when it needs it, and keeps it. Remember which steps of the set-up were skipped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0.3.2"
down_revision = "0.3.1"

SKIPS = """
CREATE TABLE setup_skips (
    profile VARCHAR NOT NULL, step VARCHAR NOT NULL, who VARCHAR NOT NULL, at {TIME} NOT NULL,
    CONSTRAINT pk_setup_skips PRIMARY KEY (profile, step)
)
"""


def upgrade() -> None:
    op.add_column("annotations", sa.Column("features", sa.LargeBinary))
    time = "DATETIME" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    op.execute(SKIPS.format(TIME=time))
