"""The name of the built-in contact centre is written once."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("core", "ledger", "pipeline", "triage", "desk", "escucha", "reports", "dashboards", "dags")


def test_only_core_names_the_built_in_contact_centre() -> None:
    command = ["git", "grep", "-lE", '= ?"casebook"', "--", *(f"{room}/*.py" for room in ROOMS)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    assert found == ["core/records/case.py", "escucha/commands/init.py"]  # the latter writes a profile
