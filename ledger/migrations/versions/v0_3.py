"""Create the tables of 0.3, and bring a ledger of 0.2 in.

`../v0_3.sql` is frozen: later versions change these tables by a file of their own. A ledger of 0.2 (revision 0012) is moved aside, its rows
are copied into new tables, and the old ones are dropped: so its tables are those of a new ledger, to the last name.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.privacy.sensitive import sensitive_kinds

revision = "0.3"
down_revision = None

TABLES = Path(__file__).parents[1] / "v0_3.sql"
SQLITE = {"TIME": "DATETIME", "BYTES": "BLOB", "ID": "INTEGER", "NUMBER": "INTEGER", "SERIAL": "INTEGER"}
POSTGRES = {"TIME": "TIMESTAMP WITH TIME ZONE", "BYTES": "BYTEA", "ID": "BIGSERIAL", "NUMBER": "BIGINT", "SERIAL": "SERIAL"}
SQLITE_TRIGGER = """
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
POSTGRES_FUNCTION = """
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

RENAMED = {
    "tombstones": "stubs",
    "deletion_checks": "askings",
    "prepaid_balances": "purses",
    "billed_records": "billed",
    "annotations": "readings",
    "index_deletions": "deletions",
}
"""Tables that had another name in 0.2, which also had `mails`."""
FILLED = {
    "annotations": {"annotated_at": "read_at"},
    "cases": {
        "external_status": "standing",
        "vote_due": "1 = 0",
        "priority_points": "'[]'",
        "priority_due": "state IN ('new', 'assigned', 'answered')",  # the next triage computes their points
    },
    "deletion_checks": {"checked": "asked", "deleted": "gone"},
    "incident_posts": {"has_keys": "filed"},
    "labels": {"topic_certainty": "topic_score", "actionable_certainty": "actionable_score"},
    "meta": {
        "name": "CASE name WHEN 'reader_model' THEN 'annotation_model' WHEN 'wipe_due' THEN 'vacuum_due' "
        "WHEN 'scheduler_silence_told' THEN 'scheduler_outage_reported' ELSE name END"
    },
    "posts": {
        "annotate_worker": "read_worker",
        "annotate_until": "read_until",
        "index_state": "CASE index_state WHEN 'indexed' THEN 'pending' ELSE index_state END",  # documents have more fields now
    },
}
"""What a new column is filled with; every other one has the value of the old column of its name, or none."""
BATCH = 500


def upgrade() -> None:
    connection = op.get_bind()
    there = set(sa.inspect(connection).get_table_names())
    old = sorted(there & {"mails", *(RENAMED.get(name, name) for name in _names())})  # a council's own tables stay as they are
    if "readings" in old:
        _move_aside(connection, old)
        _create(connection)
        _copy(connection)
        _bring_up_to_date(connection)
        _drop_old(connection)
    else:
        _create(connection)


def _create(connection: sa.Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in TABLES.read_text("utf-8").split(";\n")[:-1]:
        connection.exec_driver_sql(statement.format_map(SQLITE if is_sqlite else POSTGRES))
    if is_sqlite:
        for name, event, row, only in IN_SQLITE:
            connection.exec_driver_sql(SQLITE_TRIGGER.format(name=name, event=event, row=row, only=only))
        return
    connection.exec_driver_sql(POSTGRES_FUNCTION)
    for name, event, tables in IN_POSTGRES:  # a row for each statement and day: writers of one row would wait for each other
        connection.exec_driver_sql(
            f"CREATE TRIGGER post_days_{name} AFTER {event} ON posts REFERENCING {tables} "
            "FOR EACH STATEMENT EXECUTE FUNCTION note_post_days()"
        )


def _move_aside(connection: sa.Connection, old: list[str]) -> None:
    """Rename the old tables, and free the names of their indexes."""
    for table in old:
        found = sa.inspect(connection)
        indexes = [str(one["name"]) for one in found.get_indexes(table)]
        if connection.dialect.name == "sqlite":
            for index in indexes:
                op.drop_index(index)
        else:
            serial = "SELECT relname FROM pg_class WHERE oid = pg_get_serial_sequence(%s, 'id')::regclass"
            has_id = any(one["name"] == "id" for one in found.get_columns(table))
            sequence = connection.exec_driver_sql(serial, (table,)).scalar() if has_id else None
            if sequence is not None:
                op.execute(f"ALTER SEQUENCE {sequence} RENAME TO before_{sequence}")
            uniques = [str(one["name"]) for one in found.get_unique_constraints(table)]
            for index in {*indexes, *uniques, str(found.get_pk_constraint(table)["name"])}:
                op.execute(f"ALTER INDEX {index} RENAME TO before_{index}")
        op.rename_table(table, f"before_{table}")


def _tables(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield new and old name of each table of 0.2, parents first."""
    old = set(sa.inspect(connection).get_table_names())
    for name in _names():
        if (before := f"before_{RENAMED.get(name, name)}") in old:
            yield name, before


def _names() -> list[str]:
    """Return the tables of 0.3, parents first."""
    return [line.split()[2] for line in TABLES.read_text("utf-8").splitlines() if line.startswith("CREATE TABLE ")]


def _copy(connection: sa.Connection) -> None:
    found = sa.inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    for new, old in _tables(connection):
        same = {str(one["name"]) for one in found.get_columns(old)}
        columns = [str(one["name"]) for one in found.get_columns(new)]
        source = {name: quote(name) for name in columns if name in same} | FILLED.get(new, {})
        names = ", ".join(map(quote, source))
        op.execute(f"INSERT INTO {new} ({names}) SELECT {', '.join(source.values())} FROM {old}")  # noqa: S608  names of tables only
        if connection.dialect.name == "postgresql" and "id" in columns:
            op.execute(f"SELECT setval(pg_get_serial_sequence('{new}', 'id'), max(id)) FROM {new} HAVING max(id) > 0")  # noqa: S608


def _bring_up_to_date(connection: sa.Connection) -> None:
    """Write what 0.3 stores and 0.2 did not."""
    cases = sa.table("cases", sa.column("case_key"), sa.column("title"), sa.column("vote_due"))
    for row in connection.execute(sa.select(cases.c.case_key, cases.c.title)).all():
        if sensitive_kinds(row.title or ""):  # the next triage gives it another title
            connection.execute(sa.update(cases).where(cases.c.case_key == row.case_key).values(vote_due=True))
    _compare_corrections(connection)
    _move_reports(connection)


def _compare_corrections(connection: sa.Connection) -> None:
    """Store which corrections agree with the annotator, and how sure it was."""
    corrections = sa.table("corrections", sa.column("id"), sa.column("post_id"), sa.column("question"), sa.column("value", sa.JSON))
    annotations = sa.table("annotations", sa.column("post_id"), sa.column("labels"))
    columns = ("post_id", "topic_certainty", "actionable_certainty")
    labels = sa.table("labels", *map(sa.column, columns), sa.column("confirmed", sa.JSON))
    last: dict[str, dict[str, Any]] = {}
    for row in connection.execute(sa.select(corrections).order_by(corrections.c.id)):
        last.setdefault(row.post_id, {})[row.question] = row.value
    ids = sorted(last)
    for start in range(0, len(ids), BATCH):
        some = annotations.c.post_id.in_(ids[start : start + BATCH])
        for row in connection.execute(sa.select(annotations).where(some)).all():
            read = json.loads(row.labels)
            same = sorted(one for one, value in last[row.post_id].items() if one in read and read[one]["value"] == value)
            scores = {f"{one}_certainty": read[one]["score"] for one in ("topic", "actionable") if one in read}
            connection.execute(sa.update(labels).where(labels.c.post_id == row.post_id).values(confirmed=same, **scores))


def _move_reports(connection: sa.Connection) -> None:
    """Bring the mails of reports into the outbox.

    What was sent stays sent. What was claimed and not sent has the id it had: should it have left before a kill, its copy is recognised.
    """
    moments = [sa.column(name, sa.DateTime(timezone=True)) for name in ("claimed_at", "mailed_at")]
    mails = sa.table("before_mails", sa.column("report"), sa.column("interval"), sa.column("recipient"), *moments)
    columns = ("kind", "subject", "receiver", "channel", "thread", "state", "attempt", "reason", "message_id")
    times = [sa.column(name, sa.DateTime(timezone=True)) for name in ("made_at", "changed_at")]
    outbox = sa.table("outbox", *map(sa.column, columns), sa.column("data", sa.JSON), *times)
    ledger_id = connection.execute(sa.text("SELECT value FROM meta WHERE name = 'ledger_id'")).scalar_one()
    rows = connection.execute(sa.select(mails).order_by(mails.c.claimed_at, mails.c.report, mails.c.recipient)).all()
    for row in rows:
        name, _, language = row.report.rpartition(".")
        old_id = hashlib.sha256("\n".join([ledger_id, name, row.interval, language, row.recipient.lower()]).encode()).hexdigest()[:32]
        message = dict.fromkeys(("thread", "reason"), "") | {"kind": "report", "channel": "mail", "attempt": 0, "data": {}}
        message |= {"subject": f"{row.interval} {row.report}", "receiver": row.recipient, "message_id": old_id}
        message |= {"state": "sent" if row.mailed_at else "pending", "made_at": _utc(row.claimed_at)}
        connection.execute(outbox.insert().values(**message, changed_at=_utc(row.mailed_at or row.claimed_at)))
    if rows:
        connection.execute(sa.text("INSERT INTO outbox_counters (kind, due) VALUES ('report', :due)"), {"due": len(rows)})


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _drop_old(connection: sa.Connection) -> None:
    for _new, old in reversed(list(_tables(connection))):
        op.drop_table(old)
    op.drop_table("before_mails")
