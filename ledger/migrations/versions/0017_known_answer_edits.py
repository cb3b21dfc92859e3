"""Create the tables of edited known answers, proposals and votes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and mark answers that ask for a vote."""
    op.create_table(
        "known_answer_edits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("answer_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("shipped", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_answer_edits")),
        sa.UniqueConstraint("answer_id", "revision", name="uq_known_answer_edits_answer_id"),
    )
    op.create_table(
        "answer_proposals",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("answer_id", sa.String(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answer_proposals")),
    )
    op.create_table(
        "solved_votes",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("answer_key", sa.String(), nullable=False),
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_solved_votes_case_key")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_solved_votes")),
    )
    op.create_index(op.f("ix_solved_votes_case_key"), "solved_votes", ["case_key"], unique=False)
    op.add_column("answers", sa.Column("asks_solved", sa.Boolean(), nullable=False, server_default=sa.false()))
