"""Ledgers of earlier versions open, migrate and balance; what people decided in them is still there."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from core.errors import ConfigurationError
from core.records.case import OPEN
from core.records.case_event import CaseEvent
from ledger import read, schema
from ledger.cases import events
from ledger.database import Ledger, open_ledger
from ledger.database.connection import connect
from ledger.database.writing import engine_of
from ledger.outbox import claims, people
from ledger.system import audit
from tests.support import old_ledgers
from tests.support.deployment import ROOT, environment, escucha, write_profile
from tests.support.ledger_facts import NOW, SALT, emptied, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)
LEDGERS = sorted(path for path in old_ledgers.LEDGERS.iterdir() if path.is_dir())
CORRECTED = "05ab74e0592d5c3f97866f137160d967"
ID = "cdd6d63665854891838498502ef0ffa2"
TABLES = {
    **{name: name for name in ("audit", "cases", "case_posts", "corrections", "cursors", "incident_posts", "incident_suggestions")},
    **{name: name for name in ("incidents", "labels", "match_keys", "meta", "origins", "posts", "runs", "transitions", "users")},
    **{"billed": "billed_records", "askings": "deletion_checks", "purses": "prepaid_balances"},
    **{"stubs": "tombstones", "readings": "annotations", "deletions": "index_deletions"},
}
COLUMNS = {
    **{"read_worker": "annotate_worker", "read_until": "annotate_until", "read_at": "annotated_at", "standing": "external_status"},
    **{"asked": "checked", "gone": "deleted", "filed": "has_keys"},
}


@pytest.fixture(params=LEDGERS, ids=lambda folder: folder.name)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    old_ledgers.lay_file(request.param.name, folder / "ledger.sqlite")
    for name in ("salt", "suppressions.jsonl"):
        shutil.copy(request.param / name, folder)
        (folder / name).chmod(0o600)
    return folder


def test_a_ledger_of_an_earlier_version_migrates_and_balances(home: Path, tmp_path: Path) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text("")
    env = environment(home, write_profile(tmp_path, posts))
    escucha("triage", env=env)
    assert b"DIFFERENT" not in escucha("verify", env=env).stdout
    assert escucha("outbox", env=env).stdout.startswith(b"alert: pending 0, sending 0, sent 0, unknown 0, refused 0")
    with sqlite3.connect(home / "ledger.sqlite") as database:
        assert database.execute("select version_num from alembic_version").fetchone()[0] == schema.REVISION
        steps = {row[0] for row in database.execute("select state from transitions where who = 'ana'")}
        labels = database.execute("select question, value from corrections where who = 'ana'").fetchall()
    assert steps == {"new", "assigned", "answered", "resolved", "rejected"}
    assert labels == [("topic", '"noise"')]


@pytest.fixture
def old(url: str, tmp_path: Path) -> str:
    """Put the ledger of 0.2 at the URL, with a row in each table that was renamed and empty."""
    old_ledgers.lay("0012", url, tmp_path)
    with writing(url) as connection:
        for statement in (
            "INSERT INTO askings (source, day, asked, gone, unanswered) VALUES ('x', '2026-11-24', 5, 2, 1)",
            "INSERT INTO purses (source, day, usd_millionths) VALUES ('x', '2026-11-24', 7)",
            "INSERT INTO billed (source, day, resource, usd_millionths) VALUES ('x', '2026-11-24', 'r', 9)",
            "INSERT INTO meta (name, value) VALUES ('wipe_due', '1'), ('scheduler_silence_told', 'stopped')",
            "INSERT INTO mails (report, interval, recipient, claimed_at, mailed_at) VALUES "
            "('weekly.es', '2026-W47', 'a@example.org', '2026-11-24 10:00:00+00:00', '2026-11-24 10:00:00+00:00')",
            "INSERT INTO mails (report, interval, recipient, claimed_at) VALUES "
            "('weekly.es', '2026-W47', 'B@example.org', '2026-11-24 10:00:00+00:00')",
            "UPDATE cases SET title = 'Mi hija de 8 años se rompió el brazo y está en el hospital' WHERE state = 'assigned'",
        ):
            connection.execute(text(statement))
    return url


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    engine = connect(url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection
    engine.dispose()


def opened(url: str) -> Ledger:
    return open_ledger(url, old_ledgers.salt_of("0012"))


def test_every_row_of_every_table_is_kept_under_the_names_of_today(old: str) -> None:
    added = {"posts": {"index_state"}}
    with writing(old) as connection:
        before = {new: old_ledgers.rows_of(connection, name, COLUMNS, added.get(new, set())) for name, new in TABLES.items()}
    ledger = opened(old)
    with ledger.read() as connection:
        for table, rows in before.items():
            has = set(rows[0])
            more = {column.name for column in schema.metadata.tables[table].columns} - has
            after = old_ledgers.rows_of(connection, table, {}, more)
            if table == "meta":
                new = {"reader_model": "annotation_model", "wipe_due": "vacuum_due", "scheduler_silence_told": "scheduler_outage_reported"}
                rows = [{**row, "name": repr(new.get(row["name"].strip("'"), row["name"].strip("'")))} for row in rows]
                rows.sort(key=lambda row: sorted(row.items()))
            assert after == rows, table
    assert sum(map(len, before.values())) > 5000
    ledger.close()


def test_its_tables_are_those_of_a_new_ledger_to_the_last_name(old: str, tmp_path: Path) -> None:
    ledger = opened(old)
    migrated = old_ledgers.described(engine_of(ledger))
    ledger.close()
    fresh = open_ledger(f"sqlite:///{tmp_path / 'fresh.sqlite'}" if "sqlite" in old else emptied(old), SALT)
    assert migrated == old_ledgers.described(engine_of(fresh))
    assert len(migrated) > 60
    fresh.close()


def test_what_is_new_is_filled_from_what_was_there(old: str) -> None:
    ledger = opened(old)
    cases, labels, posts = schema.cases.c, schema.labels.c, schema.posts.c
    with ledger.read() as connection:
        due = set(connection.execute(select(cases.state).where(cases.priority_due)).scalars())
        named_anew = connection.execute(select(cases.state).where(cases.vote_due)).scalars().all()
        corrected = connection.execute(
            select(labels.confirmed, labels.topic_score, labels.topic_certainty).where(labels.post_id == CORRECTED)
        ).one()
        waiting = set(connection.execute(select(posts.index_state)).scalars())
        uncertain = select(func.count()).select_from(schema.labels).where(labels.topic_certainty.is_distinct_from(labels.topic_score))
        assert connection.execute(uncertain).scalar_one() == 1
        assert connection.execute(select(func.sum(schema.post_days.c.changes))).scalar_one() == 240
    assert due == OPEN - {"acknowledged"}
    assert sorted(named_anew) == ["assigned", "new"], "the child of 8, and a girl `de dos años`"
    assert (corrected.confirmed, corrected.topic_score) == ([], 1.0)
    assert 0 < corrected.topic_certainty < 1
    assert waiting == {"pending"}
    audit.log(ledger, "ana", "looked", "x", "", NOW)  # numbers go on after the highest
    assert unbalanced(ledger) == []
    ledger.close()


def test_a_report_that_was_sent_stays_sent_and_one_that_was_claimed_keeps_its_id(old: str) -> None:
    ledger = opened(old)
    rows = [(one.subject, one.receiver, one.state) for one in reversed(read.outbox(ledger, kind="report"))]
    assert rows == [("2026-W47 weekly.es", "B@example.org", "pending"), ("2026-W47 weekly.es", "a@example.org", "sent")]
    waiting = claims.claim(ledger, "report", "a:1:1", NOW, timedelta(minutes=10))
    assert waiting is not None
    old_id = hashlib.sha256("\n".join([ID, "weekly", "2026-W47", "es", "b@example.org"]).encode()).hexdigest()[:32]
    assert (waiting.receiver, waiting.message_id) == ("B@example.org", old_id)
    assert claims.claim(ledger, "report", "a:1:1", NOW, timedelta(minutes=10)) is None
    ledger.close()


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from ledger.database import open_ledger
real = sa.Connection.exec_driver_sql
def execute(self, statement, *more, **named):
    if statement.startswith("CREATE TABLE outbox_counters"):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, statement, *more, **named)
sa.Connection.exec_driver_sql = execute
open_ledger(sys.argv[1], sys.argv[2].encode())
"""


def test_killed_midway_nothing_is_changed_and_the_next_start_brings_it_over(old: str) -> None:
    engine = connect(old)
    before = old_ledgers.described(engine)
    done = subprocess.run([sys.executable, "-c", KILLED, old, old_ledgers.salt_of("0012").decode()], cwd=ROOT, capture_output=True)
    assert done.returncode == -9, done.stderr
    assert old_ledgers.described(engine) == before
    engine.dispose()
    ledger = opened(old)
    assert unbalanced(ledger) == []
    ledger.close()


@pytest.mark.parametrize(("revision", "made_by"), [("0003", r"Escucha 0\.1"), ("0037", "between Escucha 0.2 and 0.3")])
def test_a_ledger_of_no_release_that_opens_is_refused_with_what_to_do_and_not_changed(old: str, revision: str, made_by: str) -> None:
    with writing(old) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": revision})
    engine = connect(old)
    before = old_ledgers.described(engine)
    with pytest.raises(ConfigurationError, match=rf"made by .*{made_by}.* \(revision {revision}\).*docs/how-to/upgrade.md"):
        opened(old)
    assert old_ledgers.described(engine) == before
    engine.dispose()


def test_a_ledger_of_the_last_revision_before_0_3_is_one_of_0_3(url: str) -> None:
    old_ledgers.bring_to("0.3", url)
    with writing(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0048'"))
    ledger = open_ledger(url, SALT)
    with ledger.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [schema.REVISION]
    ledger.close()


EVENTS = (
    ("sent", 1, "NULL", "''"),
    ("sending", 2, "'dead:1:1'", "''"),
    ("pending", 3, "NULL", "'the receiver answered 503'"),
    ("dead", 12, "NULL", "'the receiver refused the event (404)'"),
)
HOOK, UNTIL = "https://bus.example/in", "2026-12-01 10:10:00+00:00"


def test_case_events_of_0_3_move_into_the_outbox_and_none_is_sent_again(old: str) -> None:
    old_ledgers.bring_to("0.3", old)
    with writing(old) as connection:
        key = connection.execute(text("SELECT min(case_key) FROM cases")).scalar_one()
        for n, (state, attempt, worker, reason) in enumerate(EVENTS, 1):
            event = f"({n}, 'evt_{n}', '{key}', 'opened', {n}, '2026-12-01 10:00:00+00:00', '{{\"posts\": {n}}}', true)"
            connection.execute(text(f"INSERT INTO case_events (id, event_id, case_key, name, sequence, at, data, queued) VALUES {event}"))  # noqa: S608
            delivery = f"({n}, '{HOOK}', '{key}', '{state}', {attempt}, {worker}, '{UNTIL}', {reason}, '{UNTIL}')"
            names = "event, endpoint, case_key, state, attempt, worker, until, reason, changed_at"
            connection.execute(text(f"INSERT INTO webhook_deliveries ({names}) VALUES {delivery}"))  # noqa: S608
        new = f"(5, 'evt_5', '{key}', 'closed', 5, '2026-12-01 10:00:00+00:00', '{{\"posts\": 5}}', false)"
        connection.execute(text(f"INSERT INTO case_events (id, event_id, case_key, name, sequence, at, data, queued) VALUES {new}"))  # noqa: S608
        stopped = f"('{HOOK}', 3, '2026-12-01 10:00:00+00:00', 'gone')"
        connection.execute(text(f"INSERT INTO webhook_endpoints (endpoint, failures, stopped_at, reason) VALUES {stopped}"))  # noqa: S608
    ledger, at = opened(old), datetime(2026, 12, 1, 10, 6, tzinfo=UTC)
    rows = [(one.message_id, one.state, one.attempt, one.thread, one.reason) for one in reversed(read.outbox(ledger, kind="event"))]
    assert rows == [
        ("evt_1", "sent", 1, key, ""),
        ("evt_2", "sending", 2, key, ""),
        ("evt_3", "pending", 3, key, "the receiver answered 503"),
        ("evt_4", "refused", 12, key, "the receiver refused the event (404)"),
    ]
    assert unbalanced(ledger) == []
    events.plan(ledger, {HOOK: ["closed"]}, at)
    lease, later = timedelta(minutes=1), at + timedelta(minutes=10)
    assert claims.claim(ledger, "event", "a:1:1", later, lease) is None, "the receiver has stopped"
    assert people.retry_refused(ledger, "event", "ana", at, [f"webhook {HOOK}"]) == 1
    assert claims.claim(ledger, "event", "a:1:1", at, lease) is None, "the first of the case is being sent"
    sent = []
    while (row := claims.claim(ledger, "event", "a:1:1", later, lease)) is not None:
        assert claims.settle(ledger, row, "a:1:1", "sent", "", later)
        sent.append((row.message_id, CaseEvent.model_validate(row.data).data))
    assert sent == [(f"evt_{n}", {"posts": n}) for n in (2, 3, 4, 5)]
    assert unbalanced(ledger) == []
    ledger.close()


ANSWERS = (
    # state in 0.3, attempts, text; state now; state, attempts of its message; whether it leaves
    ("approved", 0, "Hola", "approved", "pending", 0, True),
    ("approved", 1, "Hola", "approved", "pending", 1, True),
    ("sending", 1, "Hola", "sending", "sending", 1, True),
    ("unknown", 2, "Hola", "unknown", "unknown", 2, True),
    ("refused", 1, "Hola", "refused", "refused", 1, False),
    ("refused", 0, "", "refused", "refused", 0, False),
    ("sent", 1, "Hola", "sent", "sent", 1, False),
    ("copied", 0, "Hola", "copied", "withdrawn", 0, False),
    ("draft", 1, "Hola", "draft", "withdrawn", 1, False),
    ("draft", 0, "Hola", "draft", None, 0, False),
    ("rejected", 0, "Hola", "rejected", None, 0, False),
)


def test_answers_of_0_3_keep_their_state_and_only_what_waited_leaves(old: str) -> None:
    old_ledgers.bring_to("0.3", old)
    names = (
        "key, batch, post_id, channel, language, text, origin, state, who, at, approved_by, approved_at, given_at, reason, until, attempt"
    )
    names += ", worker, asks, acknowledges, asks_solved"
    with writing(old) as connection:
        for n, (state, attempt, words, *_) in enumerate(ANSWERS):
            approved = "NULL, NULL" if state in ("draft", "rejected") else f"'ben', '{UNTIL}'"
            given, worker = f"'{UNTIL}'" if state in ("sent", "copied") else "NULL", "'dead:1:1'" if state == "sending" else "NULL"
            values = (
                f"'A-{n:02}', 'b{n}', 'p{n}', 'x', 'es', '{words}', 'written', '{state}', 'ana', '{UNTIL}', {approved}, {given}, 'why {n}'"
            )
            values += f", '{UNTIL}', {attempt}, {worker}, false, false, false"
            connection.execute(text(f"INSERT INTO answers ({names}) VALUES ({values})"))  # noqa: S608
    ledger, later = opened(old), datetime(2026, 12, 1, 10, 11, tzinfo=UTC)
    messages = {one.subject: one for one in read.outbox(ledger, kind="answer")}
    leave = set()
    for one, (_, _, _, state, of_message, attempts, leaves) in zip(read.answers(ledger), ANSWERS, strict=True):
        message = messages.get(one.key)
        assert (one.state, one.reason) == (state, f"why {one.key[-2:].lstrip('0') or 0}"), one.key
        assert (message and message.state, message.attempt if message else 0) == (of_message, attempts), one.key
        leave |= {one.key} if leaves else set()
    assert unbalanced(ledger) == []
    claimed = set()
    while (taken := claims.claim(ledger, "answer", "a:1:1", later, timedelta(minutes=1))) is not None:
        claimed.add(taken.message_id)
    assert claimed == leave
    ledger.close()
