"""`make` never empties the environment of another checkout."""

import subprocess
from pathlib import Path

from core.config.plugins import ROOT


def test_a_linked_environment_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    other, mine = tmp_path / "other", tmp_path / "mine"
    other.mkdir()
    mine.mkdir()
    (other / "kept").touch()
    (mine / ".venv").symlink_to(other)
    ran = subprocess.run([ROOT / "deploy" / "make-venv"], cwd=mine, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"is a link to {other}, the environment of another checkout" in ran.stderr
    assert [one.name for one in other.iterdir()] == ["kept"]
