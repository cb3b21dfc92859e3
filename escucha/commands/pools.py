"""Make the pools of Airflow that are missing; change no other."""

import json
import os
import subprocess
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.config.plugins import ROOT
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError
from escucha.commands import command
from escucha.commands.common import print_line
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN

LONGEST_S = 300


def make_pools(settings: Settings) -> dict[str, int]:
    """Make the missing pools; return the slots of all.

    Slots that an operator has tuned stay. A new pool takes those of the pool without a prefix that version 0.2.0 used, if it is there.

    Raises:
        EscuchaError: Airflow's database does not answer.
    """
    wanted: dict[str, dict[str, Any]] = json.loads((ROOT / "dags" / "pools.json").read_bytes())
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pools.json"
        _airflow(settings, "export", path)
        there = json.loads(path.read_bytes())
        missing = {
            settings.pool(name): one | {"slots": there.get(name, one)["slots"]}
            for name, one in wanted.items()
            if settings.pool(name) not in there
        }
        if missing:
            path.write_text(json.dumps(missing), encoding="utf-8")
            _airflow(settings, "import", path)
    return {name: int((there | missing)[name]["slots"]) for name in map(settings.pool, wanted)}


def _airflow(settings: Settings, action: str, path: Path) -> None:
    command = BIN / "airflow"
    if not command.exists():
        raise ConfigurationError(f"{command} is missing: run `make install`")
    environment = os.environ | ({} if "AIRFLOW_HOME" in os.environ else scheduler.environment(settings))
    try:
        subprocess.run(  # noqa: S603
            [str(command), "pools", action, str(path)], env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=True
        )
    except subprocess.TimeoutExpired:
        raise EscuchaError(f"airflow pools {action} took longer than {LONGEST_S} s: run it by hand") from None
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).strip().splitlines() or [f"exit code {error.returncode}"]
        raise EscuchaError(f"airflow pools {action}: {lines[-1]}") from None


@command(
    "pools",
    "make the pools of Airflow that the DAGs need and that are missing; those that are there keep their slots. Run it after "
    "`airflow db migrate`.",
)
def run(a: Namespace) -> int:
    """Make the pools that are missing in Airflow."""
    print_line(json.dumps(make_pools(a.settings)))
    return 0
