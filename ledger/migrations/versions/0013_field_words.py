"""Rename tables, columns and indexes to the field's words; no row changes.

The rows of `meta` that were named after them are renamed too. SQLite cannot rename an index or a constraint: its indexes are created
again, and constraints keep their old names, which nothing refers to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = {
    "stubs": "tombstones",
    "askings": "deletion_checks",
    "purses": "prepaid_balances",
    "billed": "billed_records",
    "mails": "sent_reports",
    "readings": "annotations",
    "deletions": "index_deletions",
}
COLUMNS = (
    ("posts", "read_worker", "annotate_worker"),
    ("posts", "read_until", "annotate_until"),
    ("annotations", "read_at", "annotated_at"),
    ("cases", "standing", "external_status"),
    ("deletion_checks", "asked", "checked"),
    ("deletion_checks", "gone", "deleted"),
    ("incident_posts", "filed", "has_keys"),
)
INDEXES = (
    ("ix_stubs_run_id", "ix_tombstones_run_id", "tombstones", "run_id", None),
    ("ix_readings_model", "ix_annotations_model", "annotations", "model", None),
    ("ix_posts_unread", "ix_posts_pending", "posts", "created_at", "state = 'pending'"),
    ("ix_posts_unkinded", "ix_posts_without_kind", "posts", "post_id", "case_kind_reason IS NULL AND decision <> 'untriaged'"),
    ("ix_cases_unkinded", "ix_cases_without_kind", "cases", "case_key", "kind IS NULL"),
    ("ix_incident_posts_unfiled", "ix_incident_posts_without_keys", "incident_posts", "post_id", "NOT has_keys"),
)
META = {"reader_model": "annotation_model", "wipe_due": "vacuum_due", "scheduler_silence_told": "scheduler_outage_reported"}


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        for old, *_ in INDEXES:
            op.drop_index(old)
    for old, new in TABLES.items():
        op.rename_table(old, new)
        if not is_sqlite:
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
    if not is_sqlite:
        op.execute("ALTER TABLE annotations RENAME CONSTRAINT fk_readings_post_id TO fk_annotations_post_id")
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new, table, column, only in INDEXES:
        if is_sqlite:
            op.create_index(new, table, [column], sqlite_where=None if only is None else sa.text(only))
        else:
            op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    _rename_meta()


def _rename_meta() -> None:
    """Rename rows of `meta`, unless the new name exists already.

    Revision 0007 writes `vacuum_due` when it runs in the same upgrade.
    """
    meta = sa.table("meta", sa.column("name"))
    connection = op.get_bind()
    for old, new in META.items():
        if connection.execute(sa.select(meta.c.name).where(meta.c.name == new)).first() is None:
            connection.execute(sa.update(meta).where(meta.c.name == old).values(name=new))
        else:
            connection.execute(sa.delete(meta).where(meta.c.name == old))
