"""Ledgers of earlier versions open, migrate and balance; what people decided in them is still there."""

import gzip
import shutil
import sqlite3
from pathlib import Path

import pytest

from ledger import schema
from tests.support.deployment import ROOT, environment, escucha, write_profile

LEDGERS = sorted(path for path in (ROOT / "tests" / "ledgers").iterdir() if path.is_dir())


@pytest.fixture(params=LEDGERS, ids=lambda folder: folder.name)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "ledger.sqlite").write_bytes(gzip.decompress((request.param / "ledger.sqlite.gz").read_bytes()))
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
