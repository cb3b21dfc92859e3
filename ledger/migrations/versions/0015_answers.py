"""Add answers to citizens: drafts, approvals and outcomes."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("case_key", sa.String(), nullable=True),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", TIME, nullable=True),
        sa.Column("given_at", TIME, nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_answers_case_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answers")),
        sa.UniqueConstraint("batch", "post_id", name="uq_answers_batch"),
    )
    for name in ("case_key", "post_id"):
        op.create_index(op.f(f"ix_answers_{name}"), "answers", [name], unique=False)
    only = sa.text("state IN ('approved', 'sending', 'unknown')")
    op.create_index("ix_answers_leaving", "answers", ["approved_at"], unique=False, sqlite_where=only, postgresql_where=only)
    op.create_table(
        "answer_checks",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_answer_checks_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_answer_checks")),
    )
