"""Whole runs of the DAGs by Airflow itself: a step that cannot be done makes its run red, and the later steps still run."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.config.settings import Settings
from search.connection.engine import stop_embedded
from tests.support.deployment import ROOT, environment, write_posts, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BIN = ROOT / ".venv" / "bin"


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A home with Airflow's database in it, and a profile whose one file is not there yet."""
    lines = (ROOT / "dags" / "airflow.env").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    told |= {"AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags")}
    made = environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))
    env = {key: value for key, value in made.items() if not key.startswith("AIRFLOW")} | told
    env |= {"PYTHONPATH": str(ROOT)}
    for command in (["airflow", "db", "migrate"], ["escucha", "pools"]):
        subprocess.run([str(BIN / command[0]), *command[1:]], env=env, cwd=tmp_path, capture_output=True, check=True)
    yield env
    stop_embedded(Settings(home=tmp_path / "home"))


def run_of(dag_id: str, env: dict[str, str]) -> str:
    """What Airflow says while it runs this schedule once."""
    command = [str(BIN / "airflow"), "dags", "test", dag_id]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, timeout=600, check=False)
    return done.stdout + done.stderr


def test_a_source_that_cannot_be_read_makes_its_run_red_and_one_that_can_green(env: dict[str, str], tmp_path: Path) -> None:
    said = run_of("escucha_collect_archive", env)
    assert "posts.jsonl" in said
    assert "state=failed" in said
    write_posts(tmp_path / "posts.jsonl", 2)
    said = run_of("escucha_collect_archive", env)
    assert "'stored': 2" in said
    assert "state=success" in said


def test_a_failed_step_makes_the_run_red_and_holds_up_no_later_step(env: dict[str, str], tmp_path: Path) -> None:
    write_posts(tmp_path / "posts.jsonl", 2)
    run_of("escucha_collect_archive", env)
    said = run_of("escucha_process", env | {"ESCUCHA_READER_DEVICE": "cuda:9"})
    assert "a step of this run failed" in said
    assert "'indexed': 0" in said  # the last step went on
    assert "state=failed" in said
    said = run_of("escucha_process", env)
    assert "'classified': 2" in said
    assert "state=success" in said


def test_two_cities_in_one_airflow_have_their_dags_side_by_side(env: dict[str, str], tmp_path: Path) -> None:
    """Each city is a bundle with a DAG processor of its own, as docs/how-to/operate.md says."""
    local = "airflow.dag_processing.bundles.local.LocalDagBundle"
    bundles = [{"name": name, "classpath": local, "kwargs": {"path": str(ROOT / "dags")}} for name in ("madrid", "getafe")]
    both = env | {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles)}
    getafe = both | {"ESCUCHA_AIRFLOW_PREFIX": "getafe", "AIRFLOW__OPERATORS__DEFAULT_QUEUE": "getafe"}
    for name, city in (("madrid", both), ("getafe", getafe)):
        command = [str(BIN / "airflow"), "dag-processor", "--num-runs", "1", "--bundle-name", name]
        subprocess.run(command, env=os.environ | city, cwd=tmp_path, capture_output=True, timeout=600, check=True)
    with closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as database:
        found = set(database.execute("SELECT dag_id, bundle_name FROM dag WHERE NOT is_stale"))
        assets = dict(database.execute("SELECT asset.name, dag_id FROM asset JOIN dag_schedule_asset_reference ON asset.id = asset_id"))
        (kept,) = database.execute("SELECT data FROM serialized_dag WHERE dag_id = 'getafe_process'").fetchone()
    names = ("answer", "collect_archive", "process", "follow", "report", "subscriptions", "forget", "verify")
    steps = (*names, "heartbeat", "requested")
    assert found == {(f"escucha_{step}", "madrid") for step in steps} | {(f"getafe_{step}", "getafe") for step in steps}
    assert assets == {"escucha/posts": "escucha_process", "getafe/posts": "getafe_process"}
    assert '"queue": "getafe"' in kept
