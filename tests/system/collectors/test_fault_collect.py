"""No fault of a network and no power cut loses or doubles a post: `make fault-collect` with one seed (SEEDS sets others)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_no_fault_and_no_kill_loses_or_doubles_a_post() -> None:
    env = dict(os.environ) | {"SEEDS": os.environ.get("SEEDS", "1")}
    program = Path(__file__).with_name("fault_collect.py")
    done = subprocess.run([sys.executable, str(program)], env=env, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 lost, 0 doubled, 0 balances wrong" in done.stdout
