"""Revision 0013 renames tables, columns and rows of `meta`, and keeps every row, on both databases."""

from collections.abc import Mapping

from sqlalchemy import Engine, inspect, select, text

from core.privacy.pseudonyms import salt_check
from ledger import schema
from ledger.database import open_ledger
from ledger.database.connection import connect
from tests.support.ledger_facts import SALT
from tests.support.old_ledgers import upgrade_to

pytest_plugins = ("tests.support.ledger_fixtures",)

AT = "2026-11-24 10:00:00+00:00"
ROWS: tuple[tuple[str, Mapping[str, object]], ...] = (
    (
        "runs",
        {
            **{"run_id": "R-1", "source": "x", "started_at": AT, "cursor_number": 1},
            **dict.fromkeys(("received", "stored", "duplicate", "updated", "returned", "objected"), 0),
        },
    ),
    (
        "posts",
        {
            **{"post_id": "p", "source": "x", "run_id": "R-1", "kind": "post", "own": False, "text": "t"},
            **{"text_version": 1, "created_at": AT, "received_at": AT, "month": "2026.11", "state": "pending"},
            **{"read_worker": "w:1:1", "read_until": AT, "decision": "untriaged", "decision_reason": ""},
            **{"version": 1, "index_state": "pending", "in_engine": False},
        },
    ),
    ("stubs", {"post_id": "s", "source": "x", "run_id": "R-1", "reason": "erasure", "at": AT}),
    ("askings", {"source": "x", "day": "2026-11-24", "asked": 5, "gone": 2, "unanswered": 1}),
    ("purses", {"source": "x", "day": "2026-11-24", "usd_millionths": 7}),
    ("billed", {"source": "x", "day": "2026-11-24", "resource": "r", "usd_millionths": 9}),
    ("mails", {"report": "weekly.es", "interval": "2026-W47", "recipient": "a@example.org", "claimed_at": AT}),
    (
        "readings",
        {
            **{"post_id": "p", "text_version": 1, "embedding": b"\x00", "labels": "{}", "model": "m@1"},
            **{"truncated": False, "read_at": AT},
        },
    ),
    ("deletions", {"post_id": "s", "queued_at": AT}),
    ("incident_posts", {"post_id": "p", "incident_key": "I-1", "who": "escucha", "probability": 1.0, "at": AT, "filed": True}),
    ("meta", {"name": "reader_model", "value": "m@1"}),
    ("meta", {"name": "wipe_due", "value": "1"}),
    ("meta", {"name": "scheduler_silence_told", "value": "stopped"}),
    ("meta", {"name": "ledger_id", "value": "0123456789abcdef0123456789abcdef"}),
    ("meta", {"name": "salt_check", "value": salt_check(SALT)}),
    ("meta", {"name": "generation", "value": "1"}),
    ("meta", {"name": "audit_head", "value": ""}),
)


def _ledger_of_revision_12(url: str) -> Engine:
    engine = connect(url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        upgrade_to(connection, "0012")
        for table, row in ROWS:
            statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608  names of this file only
            connection.execute(text(statement), dict(row))
    return engine


def test_every_row_is_found_under_the_new_names(url: str) -> None:
    _ledger_of_revision_12(url).dispose()
    ledger = open_ledger(url, SALT)
    try:
        with ledger.read() as connection:
            meta = dict(connection.execute(select(schema.meta.c.name, schema.meta.c.value)).tuples().all())
            posts = connection.execute(select(schema.posts)).one()
            tombstone = connection.execute(select(schema.tombstones)).one()
            checks = connection.execute(select(schema.deletion_checks)).one()
            balance = connection.execute(select(schema.prepaid_balances)).one()
            record = connection.execute(select(schema.billed_records)).one()
            report = connection.execute(select(schema.outbox)).one()
            annotation = connection.execute(select(schema.annotations)).one()
            deletion = connection.execute(select(schema.index_deletions)).one()
            member = connection.execute(select(schema.incident_posts)).one()
    finally:
        ledger.close()
    assert (posts.annotate_worker, posts.annotate_until.hour) == ("w:1:1", 10)
    assert (tombstone.post_id, tombstone.run_id, tombstone.reason) == ("s", "R-1", "erasure")
    assert (checks.checked, checks.deleted, checks.unanswered) == (5, 2, 1)
    assert (balance.usd_millionths, record.usd_millionths, report.receiver) == (7, 9, "a@example.org")
    assert (annotation.model, annotation.annotated_at.hour, deletion.post_id) == ("m@1", 10, "s")
    assert member.has_keys is True
    new = {"annotation_model": "m@1", "vacuum_due": "1", "scheduler_outage_reported": "stopped"}
    assert {name: meta[name] for name in new} == new
    assert not {"reader_model", "wipe_due", "scheduler_silence_told"} & set(meta)


def test_no_old_name_of_a_table_or_an_index_is_left(url: str) -> None:
    _ledger_of_revision_12(url).dispose()
    ledger = open_ledger(url, SALT)
    try:
        found = inspect(ledger.engine)
        tables = set(found.get_table_names())
        indexes = {str(index["name"]) for table in tables for index in found.get_indexes(table)}
        primary = {str(found.get_pk_constraint(table)["name"]) for table in tables}
    finally:
        ledger.close()
    old = {"stubs", "askings", "purses", "billed", "mails", "readings", "deletions"}
    assert not old & tables
    assert not [name for name in indexes if name.endswith(("_unread", "_unkinded", "_unfiled")) or "stubs" in name]
    if not ledger.is_sqlite:  # SQLite cannot rename a constraint
        assert not {f"pk_{name}" for name in old} & primary


def test_what_a_migration_before_it_noted_under_the_new_name_stays(url: str) -> None:
    engine = _ledger_of_revision_12(url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("INSERT INTO meta (name, value) VALUES ('vacuum_due', '1')"))
    engine.dispose()
    ledger = open_ledger(url, SALT)
    try:
        with ledger.read() as connection:
            names = set(connection.execute(select(schema.meta.c.name)).scalars())
    finally:
        ledger.close()
    assert "vacuum_due" in names
    assert "wipe_due" not in names
