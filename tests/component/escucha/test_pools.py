"""The pools of Airflow: each city has its own, and a start leaves the slots as an operator tuned them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.errors import EscuchaError
from escucha.commands.pools import make_pools
from escucha.supervisor import airflow
from escucha.supervisor.preflight import BIN

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # Airflow makes its database: 7 s of CPU
NEW = {"sources": 4, "reader": 1, "steps": 2, "health": 1}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    return Settings(home=tmp_path)


def run(settings: Settings, *command: str) -> None:
    env = os.environ | airflow.environment(settings)
    subprocess.run([BIN / "airflow", *command], env=env, capture_output=True, check=True, timeout=120)


def test_a_start_makes_what_is_missing_and_overwrites_nothing(settings: Settings) -> None:
    with pytest.raises(EscuchaError, match="airflow pools export: "):
        make_pools(settings)
    run(settings, "db", "migrate")
    assert make_pools(settings) == {f"escucha_{name}": slots for name, slots in NEW.items()}
    run(settings, "pools", "set", "escucha_sources", "9", "tuned")
    getafe = settings.model_copy(update={"airflow_prefix": "getafe"})
    assert make_pools(getafe) == {f"getafe_{name}": slots for name, slots in NEW.items()}
    assert make_pools(settings)["escucha_sources"] == 9


def test_an_update_keeps_the_slots_of_the_pools_without_a_prefix(settings: Settings, tmp_path: Path) -> None:
    run(settings, "db", "migrate")
    old = {"reader": {"slots": 3, "description": "", "include_deferred": False}}
    (tmp_path / "old.json").write_text(json.dumps(old))
    run(settings, "pools", "import", str(tmp_path / "old.json"))
    assert make_pools(settings) == {f"escucha_{name}": slots for name, slots in (NEW | {"reader": 3}).items()}
