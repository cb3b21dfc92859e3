"""A whole run of a listen schedule by Airflow itself: a source that cannot be read makes it red, and the later steps still run."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from search.engine import stop_embedded
from tests.support.house import ROOT, environment, write_posts, write_profile

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

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
    for command in (["db", "migrate"], ["pools", "import", str(ROOT / "dags" / "pools.json")]):
        subprocess.run([str(BIN / "airflow"), *command], env=env, cwd=tmp_path, capture_output=True, check=True)
    yield env
    stop_embedded(Settings(home=tmp_path / "home"))


def run_of(dag_id: str, env: dict[str, str]) -> str:
    """What Airflow says while it runs this schedule once."""
    command = [str(BIN / "airflow"), "dags", "test", dag_id]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, timeout=200, check=False)
    return done.stdout + done.stderr


def test_a_deaf_source_makes_the_run_red_and_a_heard_one_green(env: dict[str, str], tmp_path: Path) -> None:
    said = run_of("listen_archive", env)
    assert "posts.jsonl" in said
    assert "'indexed': 0" in said  # the last step went on
    assert "a step of this run failed" in said
    assert "state=failed" in said
    write_posts(tmp_path / "posts.jsonl", 2)
    said = run_of("listen_archive", env)
    assert "'stored': 2" in said
    assert "state=success" in said
