"""A home that is copied or moved takes its Airflow with it: database and logs are its own, whatever `airflow.cfg` remembers."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.config.settings import Settings
from escucha.supervisor import airflow
from escucha.supervisor.preflight import BIN


@pytest.fixture(autouse=True)
def no_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)


def told(home: Path, section: str, key: str) -> str:
    """What Airflow itself takes for a setting when it is started for this home."""
    env = os.environ | airflow.environment(Settings(home=home))
    command = [str(BIN / "airflow"), "config", "get-value", section, key]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.timeout(300)
def test_a_copied_home_uses_its_own_database_and_logs(tmp_path: Path) -> None:
    """Airflow writes `airflow.cfg` with absolute paths at its first start: a copy of it still names the old home."""
    old, new = tmp_path / "old", tmp_path / "new"
    assert told(old, "database", "sql_alchemy_conn") == f"sqlite:///{old}/airflow/airflow.db"
    shutil.copytree(old, new)
    assert f"sqlite:///{old}/airflow/airflow.db" in (new / "airflow" / "airflow.cfg").read_text()
    shutil.rmtree(old)
    assert told(new, "database", "sql_alchemy_conn") == f"sqlite:///{new}/airflow/airflow.db"
    assert told(new, "logging", "base_log_folder") == f"{new}/airflow/logs"
    processor = told(new, "logging", "dag_processor_child_process_log_directory")
    assert processor == f"{new}/airflow/logs/dag_processor"
    assert not old.exists(), "Airflow made a folder of the old home again"


@pytest.mark.parametrize("name", ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD"])
def test_a_database_that_the_environment_names_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "postgresql+psycopg2://airflow@127.0.0.1:1/airflow")
    found = airflow.environment(Settings(home=tmp_path))
    assert {key: value for key, value in found.items() if "SQL_ALCHEMY_CONN" in key} == {
        name: "postgresql+psycopg2://airflow@127.0.0.1:1/airflow"
    }
