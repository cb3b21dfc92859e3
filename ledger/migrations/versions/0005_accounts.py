"""Add desk sessions, disabled users, the audit chain and case revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user"), "sessions", ["user"], unique=False)
    op.add_column("users", sa.Column("disabled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("audit", sa.Column("why_mac", sa.String(), nullable=True))
    op.add_column("audit", sa.Column("chain", sa.String(), nullable=True))
    op.add_column("cases", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("transitions", sa.Column("revision", sa.Integer(), nullable=True))
    op.add_column("notes", sa.Column("revision", sa.Integer(), nullable=True))
