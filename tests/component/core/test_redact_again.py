"""The migration that redacts an existing ledger anew: every column with words of posts, all or nothing, and once is enough."""

import importlib
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select, text

from ledger import schema
from ledger.database import Ledger, open_ledger
from tests.support.ledger_facts import NOW, SALT, arrive, opened_case, post

pytest_plugins = ("tests.support.ledger_fixtures",)

AGAIN = "ledger.migrations.versions.0007_redact_again"
SIGNED = "Hay un bache en la calle de Alcalá. Atentamente, Julio Romero. Gracias @MADRID y @user-garcia.bsky.social"
HIDDEN = "Hay un bache en la calle de Alcalá. Atentamente, [name]. Gracias @MADRID y @user"


def redact_again(connection: Connection) -> None:
    """Run revision 0007 with the table name of its time; 0013 renamed it."""
    connection.execute(text("ALTER TABLE annotations RENAME TO readings"))
    with Operations.context(MigrationContext.configure(connection)):
        importlib.import_module(AGAIN).upgrade()
    connection.execute(text("ALTER TABLE readings RENAME TO annotations"))


def rows(ledger: Ledger, table: str, *names: str) -> list[tuple[object, ...]]:
    columns = [schema.metadata.tables[table].c[name] for name in names]
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))]


def test_every_column_with_words_of_a_post_is_redacted_and_indexed_again(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    kept, signed = post(1), post(2, text=SIGNED)
    case_key = opened_case(ledger, signed)
    arrive(ledger, [kept])
    title = "Alcalá: Soy Julio Romero y hay un bache"
    with ledger.write() as connection:
        connection.execute(schema.posts.update().values(index_state="indexed"))
        connection.execute(schema.cases.update().values(index_state="indexed", title=title))
        for n, words in enumerate(("Firma: Atentamente, Julio Romero", "el bache")):
            note = {"case_key": case_key, "who": "ana", "text": words, "at": NOW}
            connection.execute(schema.notes.insert(), note)
            audit = {"at": NOW, "who": "ana", "what": f"saw{n}", "subject": signed.post_id, "why": words}
            connection.execute(schema.audit.insert(), audit)
        before = connection.execute(select(schema.posts.c.version, schema.posts.c.text_version)).all()
    with caplog.at_level(logging.INFO, "escucha"), ledger.write() as connection:
        redact_again(connection)
    assert rows(ledger, "posts", "text", "index_state") == sorted([(HIDDEN, "pending"), (kept.text, "indexed")])
    assert rows(ledger, "cases", "title", "index_state") == [("Alcalá: Soy [name] y hay un bache", "pending")]
    assert rows(ledger, "notes", "text") == [("Firma: Atentamente, [name]",), ("el bache",)]
    assert "Firma: Atentamente, [name]" in {words for (words,) in rows(ledger, "audit", "why")}
    assert "1 of 2 posts changed, 1 titles of cases" in caplog.text
    with ledger.read() as connection:
        after = connection.execute(select(schema.posts.c.version, schema.posts.c.text_version).where(schema.posts.c.text == HIDDEN)).one()
        current = connection.execute(
            select(schema.annotations.c.text_version).where(schema.annotations.c.post_id == signed.post_id)
        ).scalar_one()
    assert (after.version, after.text_version) == (max(row.version for row in before) + 1, 2)
    assert current == 2  # the reading still belongs to the text


def test_a_second_run_changes_nothing(ledger: Ledger) -> None:
    arrive(ledger, [post(1), post(2, text=SIGNED)])
    with ledger.write() as connection:
        redact_again(connection)
    once = rows(ledger, "posts", "post_id", "text", "version", "index_state")
    with ledger.write() as connection:
        redact_again(connection)
    assert rows(ledger, "posts", "post_id", "text", "version", "index_state") == once


def test_an_empty_ledger_is_left_alone(ledger: Ledger) -> None:
    with ledger.write() as connection:
        redact_again(connection)
    assert rows(ledger, "posts", "post_id") == []


KILLED = """
import importlib, os, signal, sys
from alembic.migration import MigrationContext
from alembic.operations import Operations
from ledger.database import open_ledger
again = importlib.import_module(sys.argv[2])
ledger, left, real = open_ledger(sys.argv[1], b"a salt for tests, 32 bytes long."), [int(sys.argv[3])], again.sa.Connection.execute
def execute(self, statement, *more, **named):
    if getattr(statement, "is_update", False):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return real(self, statement, *more, **named)
again.sa.Connection.execute = execute
with ledger.write() as connection, Operations.context(MigrationContext.configure(connection)):
    connection.exec_driver_sql("ALTER TABLE annotations RENAME TO readings")  # its name at the time of this revision
    again.upgrade()
"""


@pytest.mark.parametrize("updates", [1, 2, 3])
@pytest.mark.slow
def test_killed_midway_nothing_is_changed_and_the_next_run_does_all(url: str, updates: int) -> None:
    ledger = open_ledger(url, SALT)
    arrive(ledger, [post(n, text=f"{n} {SIGNED}") for n in range(1100)])
    ledger.close()
    done = subprocess.run([sys.executable, "-c", KILLED, url, AGAIN, str(updates)], cwd=Path(__file__).parents[3], capture_output=True)
    assert done.returncode == -9, done.stderr
    ledger = open_ledger(url, SALT)
    with ledger.read() as connection:
        count = text("SELECT count(*) FROM posts WHERE text LIKE '%Julio Romero%'")
        assert connection.execute(count).scalar_one() == 1100
    with ledger.write() as connection:
        redact_again(connection)
    with ledger.read() as connection:
        assert connection.execute(count).scalar_one() == 0
    ledger.close()
