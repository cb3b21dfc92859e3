"""Opening the ledger: made once, brought up to date, and only with the salt it was made with."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from core.errors import ConfigurationError, EscuchaError, LedgerMismatchError, UnavailableError
from ledger import database, schema
from ledger.database import Ledger, open_ledger, upgrade
from ledger.database.writing import writing
from tests.support import quick_ledgers
from tests.support.ledger_facts import SALT

pytest_plugins = ("tests.support.ledger_fixtures",)
pytestmark = pytest.mark.usefixtures("real_ledgers")


def test_a_ledger_keeps_its_id_when_it_is_opened_again(ledger: Ledger, other: Ledger) -> None:
    assert len(ledger.ledger_id) == 32
    assert other.ledger_id == ledger.ledger_id
    assert (ledger.generation(), other.generation()) == (1, 1)


def test_another_salt_is_refused_and_the_message_says_what_to_set(url: str, ledger: Ledger) -> None:
    with pytest.raises(LedgerMismatchError, match="ESCUCHA_SALT"):
        open_ledger(url, b"another salt, also 32 bytes long")


def test_the_migrations_make_exactly_the_tables_the_code_describes(ledger: Ledger) -> None:
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_a_copied_ledger_is_the_one_that_the_migrations_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dumps = []
    for name, connect in (("real", quick_ledgers.CONNECT), ("copied", quick_ledgers.connect)):
        monkeypatch.setattr(database, "connect", connect)
        file = tmp_path / name
        open_ledger(f"sqlite:///{file}", SALT).close()
        with closing(sqlite3.connect(file)) as made:
            dumps.append([line for line in made.iterdump() if "'ledger_id'" not in line])
    assert len(dumps[0]) > 40
    assert dumps[0] == dumps[1]


def test_every_commit_to_a_file_is_flushed(tmp_path: Path) -> None:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    with writing(opened) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL: costs survive a power cut
    opened.close()


def test_the_revision_named_in_the_code_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(upgrade.FOLDER)).get_heads() == [schema.REVISION]


def test_a_ledger_of_a_newer_escucha_is_refused(url: str, ledger: Ledger) -> None:
    with writing(ledger) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer Escucha"):
        open_ledger(url, SALT)


@pytest.mark.slow
def test_four_processes_that_open_a_new_ledger_at_once_make_one(url: str) -> None:
    program = f"from ledger.database import open_ledger; print(open_ledger({url!r}, {SALT!r}).ledger_id)"
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0] * 4, told
    assert len({out for out, _ in told}) == 1


@pytest.mark.parametrize(
    "url", ["mysql://u@h/d", "sqlite://", "sqlite:///:memory:", "no url at all"], ids=["another kind", "no file", "memory", "nonsense"]
)
def test_a_url_of_another_kind_is_refused_and_the_message_says_what_to_write(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"ESCUCHA_LEDGER_URL.*sqlite:////folder/ledger.sqlite"):
        open_ledger(url, SALT)


@pytest.mark.parametrize("url", ["postgresql://u:canary@Pw9@127.0.0.1:1/db", "sqlite:///u:canary@/nowhere/x/db"])
def test_no_piece_of_a_password_with_an_at_sign_is_said(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        open_ledger(url, SALT).close()
    except (ConfigurationError, UnavailableError) as refused:
        assert not {"canary", "Pw9"} & set(re.split(r"\W+", str(refused)))  # noqa: PT017
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_password_in_the_url_is_in_no_message() -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_ledger("mysql://u:canary-password@h/d", SALT)
    assert "canary-password" not in str(refused.value)


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="the ledger"):
        open_ledger("postgresql://nobody@127.0.0.1:1/none", SALT)


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path / 'new' / 'ledger.sqlite'}", SALT).close()
    assert (tmp_path / "new" / "ledger.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigurationError, match="ESCUCHA_HOME"):
        open_ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite'}", SALT)


def test_a_reader_changes_nothing_and_the_next_writer_does(ledger: Ledger) -> None:
    with pytest.raises(EscuchaError, match=r"readonly|ReadOnly|read-only"), ledger.read() as connection:
        connection.execute(schema.meta.delete())
    with writing(ledger) as connection:
        assert connection.execute(schema.meta.delete().where(schema.meta.c.name == "generation")).rowcount == 1


def test_what_fails_in_a_transaction_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(EscuchaError, match=r"IntegrityError|UniqueViolation"), writing(ledger) as connection:
        connection.execute(schema.meta.insert(), [{"name": "half", "value": "done"}, {"name": "half", "value": "again"}])
    with ledger.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM meta WHERE name = 'half'")).scalar_one() == 0
