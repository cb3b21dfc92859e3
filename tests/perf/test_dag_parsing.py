"""How long Airflow reads each DAG file, which it does again before every task. `make perf` runs it, on a quiet machine."""

from pathlib import Path

import pytest

from tests.component.dags.test_dags import FILES, ROOT, load

pytestmark = pytest.mark.perf


def test_each_file_is_read_in_less_than_two_seconds(tmp_path: Path) -> None:
    seconds = load(ROOT / "cities" / "madrid.toml", tmp_path)["seconds"]
    assert set(seconds) == FILES
    assert {name: took for name, took in seconds.items() if took >= 2} == {}
