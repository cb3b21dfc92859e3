"""What `make run` shows of the first pass: its progress, not the counts that it prints for programs."""

import os
import sys
from pathlib import Path

import pytest

from escucha.supervisor.processes import Programs

SAYS = "import sys; print('{\"stored\": 8629}'); print('classify: 512 classified', file=sys.stderr)"


def test_progress_is_shown_and_the_result_is_in_the_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    programs = Programs(tmp_path, dict(os.environ))
    programs.start("first-pass", [sys.executable, "-c", SAYS], {}, show=True)
    programs.running["first-pass"].wait(60)
    assert capfd.readouterr() == ("", "classify: 512 classified\n")
    assert programs.log("first-pass").read_text() == '{"stored": 8629}\n'
    programs.stop()
