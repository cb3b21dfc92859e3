"""Add the label `sensitive`.

Titles that show such a text are voted on again. Older annotations have no such label until they are made again; until then the text decides
(`core.privacy.sensitive`).
"""

import sqlalchemy as sa
from alembic import op

from core.privacy.sensitive import sensitive_kinds

revision = "0047"
down_revision = "0046"

cases = sa.table("cases", *(sa.column(name) for name in ("case_key", "title", "vote_due")))


def upgrade() -> None:
    op.add_column("labels", sa.Column("sensitive", sa.Boolean(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(cases.c.case_key, cases.c.title)).all():
        if sensitive_kinds(row.title or ""):
            connection.execute(sa.update(cases).where(cases.c.case_key == row.case_key).values(vote_due=True))
