"""Add incident matching: posts belong to incidents with or without a case.

Posts of existing cases keep their incident.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "incident_posts",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("incident_key", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_incident_posts_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_incident_posts")),
    )
    op.create_index("ix_incident_posts_incident_key", "incident_posts", ["incident_key"], unique=False)
    only = sa.text("NOT filed")
    op.create_index("ix_incident_posts_unfiled", "incident_posts", ["post_id"], unique=False, sqlite_where=only, postgresql_where=only)
    op.create_table(
        "incident_suggestions",
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("incident_key", sa.String(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_incident_suggestions_post_id")),
        sa.PrimaryKeyConstraint("post_id", "rank", name=op.f("pk_incident_suggestions")),
    )
    op.create_table(
        "incident_rulings",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("incident_key", sa.String(), nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_incident_rulings_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_rulings")),
    )
    op.create_index(op.f("ix_incident_rulings_post_id"), "incident_rulings", ["post_id"], unique=False)
    op.create_table(
        "match_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_match_keys_post_id")),
        sa.PrimaryKeyConstraint("key", "at", "post_id", name=op.f("pk_match_keys")),
    )
    op.create_index("ix_match_keys_post_id", "match_keys", ["post_id"], unique=False)
    op.create_index("ix_match_keys_at", "match_keys", ["at"], unique=False)
    op.execute(
        "INSERT INTO incident_posts (post_id, incident_key, who, probability, at, filed) "
        "SELECT case_posts.post_id, cases.incident_key, 'escucha', 1.0, cases.received_at, false "
        "FROM case_posts JOIN cases ON cases.case_key = case_posts.case_key"
    )
