"""What Airflow keeps of old runs goes: rows of its database by its own command, log files by age, and nothing by a wrong clock."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import ClockError
from escucha.commands import clean
from escucha.supervisor import airflow, preflight
from escucha.supervisor.preflight import BIN
from pipeline.context import Context
from tests.support.ledger_facts import arrive, post
from tests.support.played import NOW
from tests.support.seeded import open_seeded

DAY = timedelta(days=1)


def make_log(path: Path, age: timedelta) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a traceback\n")
    moment = (NOW - age).timestamp()
    for one in (path, path.parent):
        os.utime(one, (moment, moment))
    return path


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    return open_seeded(tmp_path, 0, NOW)


@pytest.mark.timeout(600)
@pytest.mark.slow  # Airflow makes its database: 7 s of CPU
def test_old_rows_and_logs_go_and_young_ones_stay(context: Context) -> None:
    home = context.settings.home.resolve() / "airflow"
    env = os.environ | airflow.environment(context.settings)
    subprocess.run([BIN / "airflow", "db", "migrate"], env=env, capture_output=True, check=True, timeout=120)
    insert = "INSERT INTO log (dttm, event, owner) VALUES (?, ?, 'x')"
    with closing(sqlite3.connect(home / "airflow.db")) as database, database:
        for event, age in (("old", 15 * DAY), ("young", 13 * DAY)):
            database.execute(insert, (f"{NOW - age:%Y-%m-%d %H:%M:%S.%f}", event))
    old = make_log(home / "logs" / "dag_id=escucha_collect_x" / "run_id=1" / "task_id=collect" / "attempt=1.log", 15 * DAY)
    young = make_log(home / "logs" / "dag_id=escucha_collect_x" / "run_id=2" / "task_id=collect" / "attempt=1.log", 13 * DAY)
    foreign = make_log(home / "logs" / "other-program" / "old.log", 400 * DAY)
    assert clean.clean(context) == {"log files removed": 1}
    assert (old.exists(), young.exists(), foreign.exists()) == (False, True, True)
    with closing(sqlite3.connect(home / "airflow.db")) as database:
        assert database.execute("SELECT event FROM log WHERE owner = 'x'").fetchall() == [("young",)]
        kept = database.execute("SELECT name FROM sqlite_master WHERE name LIKE '_airflow_deleted%'").fetchall()
    assert kept == []


def test_a_wrong_clock_cleans_nothing(context: Context) -> None:
    arrive(context.ledger, [post(1)], now=NOW - 400 * DAY)
    old = make_log(context.settings.home / "airflow" / "logs" / "dag_id=x" / "attempt=1.log", 15 * DAY)
    with pytest.raises(ClockError):
        clean.clean(context)
    assert old.exists()


def test_without_airflow_there_is_nothing_to_clean(context: Context) -> None:
    assert clean.clean(context) == {"log files removed": 0}


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "airflow" / "logs").mkdir(parents=True)
    (tmp_path / "airflow" / "airflow.db").touch(mode=0o644)
    preflight.make_private(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "airflow").rglob("*")}
    assert modes == {"logs": 0o700, "airflow.db": 0o600}
