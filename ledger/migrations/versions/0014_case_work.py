"""Add assignees, merges, common causes and the record of changes to cases."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("assignee", "merged_into", "parent"):
        op.add_column("cases", sa.Column(name, sa.String(), nullable=True))
    op.add_column("cases", sa.Column("vote_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    due = sa.text("vote_due")
    op.create_index("ix_cases_vote_due", "cases", ["case_key"], unique=False, sqlite_where=due, postgresql_where=due)
    for name in ("assignee", "parent"):
        op.create_index(op.f(f"ix_cases_{name}"), "cases", [name], unique=False)
    op.create_table(
        "case_changes",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_case_changes_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_changes")),
    )
    op.create_index(op.f("ix_case_changes_case_key"), "case_changes", ["case_key"], unique=False)
    for table in ("case_watchers", "case_viewers"):
        op.create_table(
            table,
            sa.Column("case_key", sa.String(), nullable=False),
            sa.Column("who", sa.String(), nullable=False),
            sa.Column("at", TIME, nullable=False),
            sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f(f"fk_{table}_case_key")),
            sa.PrimaryKeyConstraint("case_key", "who", name=op.f(f"pk_{table}")),
        )
