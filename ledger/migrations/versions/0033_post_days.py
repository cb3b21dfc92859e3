"""Note on which days posts changed; index what pages ask."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

COUNT = "INSERT INTO post_days (day, changes) SELECT {day}, count(*) FROM posts GROUP BY 1"
SQLITE = """
CREATE TRIGGER post_days_{name} AFTER {event} ON posts FOR EACH ROW {only}
BEGIN
  UPDATE post_days SET changes = changes + 1 WHERE day = substr({row}.created_at, 1, 10);
  INSERT INTO post_days (day, changes) SELECT substr({row}.created_at, 1, 10), 1 WHERE changes() = 0;
END
"""
IN_SQLITE = (
    ("insert", "INSERT", "NEW", ""),
    ("delete", "DELETE", "OLD", ""),
    ("update", "UPDATE OF version", "NEW", "WHEN NEW.version <> OLD.version"),
)
POSTGRES = """
CREATE FUNCTION note_post_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO post_days (day, changes)
      SELECT to_char(new_rows.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), count(*)
      FROM new_rows JOIN old_rows USING (post_id) WHERE new_rows.version <> old_rows.version GROUP BY 1;
  ELSE
    INSERT INTO post_days (day, changes)
      SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), count(*) FROM new_rows GROUP BY 1;
  END IF;
  RETURN NULL;
END $$
"""
IN_POSTGRES = (
    ("insert", "INSERT", "NEW TABLE AS new_rows"),
    ("delete", "DELETE", "OLD TABLE AS new_rows"),
    ("update", "UPDATE", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
)


def upgrade() -> None:
    """Create the table, the triggers that write it, and the indexes.

    PostgreSQL adds a row for each statement and day: writers of one row would wait for each other.
    """
    op.create_table("post_days", sa.Column("day", sa.String(), nullable=False), sa.Column("changes", sa.BigInteger(), nullable=False))
    op.create_index("ix_post_days_day", "post_days", ["day"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(COUNT.format(day="substr(created_at, 1, 10)"))
        for name, event, row, only in IN_SQLITE:
            op.execute(SQLITE.format(name=name, event=event, row=row, only=only))
    else:
        op.execute(COUNT.format(day="to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"))
        op.execute(POSTGRES)
        for name, event, tables in IN_POSTGRES:
            op.execute(
                f"CREATE TRIGGER post_days_{name} AFTER {event} ON posts REFERENCING {tables} "
                "FOR EACH STATEMENT EXECUTE FUNCTION note_post_days()"
            )
    op.drop_index("ix_posts_facets", "posts")
    op.create_index("ix_posts_steps", "posts", ["state", "decision", "index_state"], unique=False)
    op.create_index("ix_posts_source", "posts", ["source", "created_at"], unique=False)
    replayed = sa.text("replayed_from IS NOT NULL")
    op.create_index("ix_posts_replayed", "posts", ["source"], unique=False, sqlite_where=replayed, postgresql_where=replayed)
