"""Clean Airflow's old rows and task logs.

What was erased in the ledger must not survive there. A task of Airflow has no access to Airflow's database, so this is a separate command:
`make run` and a systemd timer run it daily.
"""

import logging
import os
import subprocess
import time
from argparse import Namespace
from datetime import datetime, timedelta
from pathlib import Path

from core.config.towns import ServedTown
from core.errors import ClockError, ConfigurationError, EscuchaError
from escucha.commands import command
from escucha.commands.common import run_in_context
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN
from pipeline.context import Context, now
from pipeline.health import clock

log = logging.getLogger("escucha")
LONGEST_S = 1800
LOGS = ("dag_id=*", "scheduler", "dag_processor*")
"""Names that Airflow writes in its log folder, which other programs may share."""


def clean(context: Context) -> dict[str, int]:
    """Remove rows and log files of Airflow older than `ESCUCHA_AIRFLOW_KEEP_DAYS`.

    Raises:
        ClockError: the clock is not plausible; nothing was removed.
        EscuchaError: Airflow could not clean its database; the log files are already removed.
    """
    at = now()
    clock.check(context.ledger, at)
    before = at - timedelta(days=context.settings.airflow_keep_days)
    home = airflow_home(context)
    if not home.is_dir():
        log.info("clean: there is no Airflow at %s", home)
        return {"log files removed": 0}
    logs = Path(os.environ.get("AIRFLOW__LOGGING__BASE_LOG_FOLDER") or home / "logs")
    removed = sum(_remove_old(folder, before) for name in LOGS for folder in logs.glob(name))
    _clean_rows(context, before)
    return {"log files removed": removed}


def airflow_home(context: Context) -> Path:
    """Return Airflow's home: the site's (AIRFLOW_HOME), or that of `make run`."""
    return Path(os.environ.get("AIRFLOW_HOME") or context.settings.engine_home.resolve() / "airflow")


def _remove_old(folder: Path, before: datetime) -> int:
    """Remove old files, then old empty folders; return the number of files."""
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):  # contents before their folder
        try:
            if path.lstat().st_mtime >= before.timestamp():
                continue
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
                continue
            path.unlink()
            removed += 1
        except FileNotFoundError:  # another process removed it at the same moment
            continue
    return removed


def _clean_rows(context: Context, before: datetime) -> None:
    """Run `airflow db clean`, without the archive tables it keeps by default."""
    airflow = BIN / "airflow"
    if not airflow.exists():
        raise ConfigurationError(f"{airflow} is missing: run `make install`")
    environment = os.environ | ({} if "AIRFLOW_HOME" in os.environ else scheduler.environment(context.settings))
    stamp = before.isoformat(timespec="seconds")
    command = [str(airflow), "db", "clean", "--clean-before-timestamp", stamp, "--skip-archive", "--yes"]
    began = time.monotonic()
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise EscuchaError(f"airflow db clean took longer than {LONGEST_S} s: run it by hand") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise EscuchaError(f"airflow db clean: {lines[-1]}")
    log.info("clean: removed Airflow's rows before %s (%.0f s)", stamp, time.monotonic() - began)


@command(
    "clean", "remove rows and task logs of Airflow that are older than ESCUCHA_AIRFLOW_KEEP_DAYS. Refuses if the clock is not plausible."
)
def run(a: Namespace) -> int:
    """Remove Airflow's old rows and logs, once for all towns.

    A town that cannot be opened leaves it to the next one.

    Raises:
        EscuchaError: of the last town.
    """
    for town in a.towns[:-1]:
        try:
            return run_in_context(_of(town), clean)
        except ClockError:
            raise
        except EscuchaError as error:
            log.error("clean: %s: %s", town.name, error)
    return run_in_context(_of(a.towns[-1]), clean)


def _of(town: ServedTown) -> Namespace:
    return Namespace(city=town.profile, settings=town.settings)
