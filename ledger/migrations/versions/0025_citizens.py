"""Add receipts of reports and sightings made on the portal."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Create both tables, empty."""
    op.create_table(
        "receipts",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.post_id"], name=op.f("fk_receipts_post_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_receipts")),
        sa.UniqueConstraint("post_id", name=op.f("uq_receipts_post_id")),
    )
    op.create_table(
        "sightings",
        sa.Column("case_key", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["cases.case_key"], name=op.f("fk_sightings_case_key")),
        sa.PrimaryKeyConstraint("case_key", "browser", name=op.f("pk_sightings")),
    )
