"""Keep the number of complaints whose posts were forgotten.

Those that were forgotten before are unknown.
"""

from alembic import op

revision = "0.3.3"
down_revision = "0.3.2"

PAST_COUNTS = """
CREATE TABLE past_counts (
    day DATE NOT NULL, source VARCHAR NOT NULL, made_up BOOLEAN NOT NULL, topic VARCHAR NOT NULL, district VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    CONSTRAINT pk_past_counts PRIMARY KEY (day, source, made_up, topic, district)
)
"""


def upgrade() -> None:
    op.execute(PAST_COUNTS)
