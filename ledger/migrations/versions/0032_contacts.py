"""Create contacts of citizens and their mails; store publication by people."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty, and the column."""
    op.create_table(
        "contacts",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.Column("after_step", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["number"], ["receipts.number"], name=op.f("fk_contacts_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_address_hash"), "contacts", ["address_hash"], unique=False)
    op.create_table(
        "contact_mails",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mailed_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["number"], ["contacts.number"], name=op.f("fk_contact_mails_number")),
        sa.PrimaryKeyConstraint("number", "what", name=op.f("pk_contact_mails")),
    )
    op.create_index(op.f("ix_contact_mails_batch"), "contact_mails", ["batch"], unique=False)
    only = sa.text("mailed_at IS NULL")
    op.create_index("ix_contact_mails_unfinished", "contact_mails", ["batch"], unique=False, sqlite_where=only, postgresql_where=only)
    op.add_column("cases", sa.Column("published", sa.Boolean(), nullable=True))
