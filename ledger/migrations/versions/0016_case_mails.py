"""Create the table of case mails; mark answers that ask back."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table and the columns."""
    op.create_table(
        "case_mails",
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.Column("mailed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_case_mails_case_key")),
        sa.PrimaryKeyConstraint("case_key", "what", name=op.f("pk_case_mails")),
    )
    op.add_column("answers", sa.Column("asks", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("mail", sa.String(), nullable=True))
    op.create_index(op.f("ix_case_mails_batch"), "case_mails", ["batch"], unique=False)
    only = sa.text("mailed_at IS NULL")
    op.create_index("ix_case_mails_unfinished", "case_mails", ["batch"], unique=False, sqlite_where=only, postgresql_where=only)
