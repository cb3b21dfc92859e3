"""Run everything (`make run`): search engine, desk, portal, first pass and Airflow.

The desk starts first, so that staff see the first pass advancing. The DAGs that collect, process and report stay
paused until that pass is done.
A program that dies is restarted a few times; if one keeps crashing, everything stops: a half-running system is worse than none.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from core.config.own_variables import unread_variables
from core.config.plugins import ROOT
from core.config.settings import Settings
from core.config.towns import ServedTown, TownSettings
from core.errors import EscuchaError
from escucha.supervisor import orphans, preflight, services
from escucha.supervisor.lock import single_instance
from escucha.supervisor.processes import Programs
from escucha.supervisor.state import TURN_S, Supervisor
from ledger.database import check_whole
from pipeline.context import open_context
from search.connection.engine import stop_embedded


class StopRequested(Exception):  # noqa: N818  not an error
    """Describe a requested stop.

    Its causes are Ctrl-C, SIGTERM, SIGHUP, and the end of the parent `make`.
    """


def up(towns: Sequence[ServedTown], settings: Settings) -> int:
    """Start everything and block until stopped; return exit code 0.

    `settings`: of the installation, which these towns share.

    Raises:
        ConfigurationError: the profile, the environment or the machine is not usable.
        EscuchaError: a program could not be kept running.
    """
    os.umask(0o077)  # files of our programs, Airflow's database and logs included, are readable by their owner only
    stop: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, partial(_record_signal, stop))
    preflight.prepare_home(settings.home)
    home = settings.home.resolve()
    preflight.make_private(home)
    with single_instance(home, stop):
        found = orphans.end_orphans(home)
        stop_embedded(settings)
        preflight.check_machine(settings)
        sources, closed = _prepare(towns)
        programs = Programs(home, _environment(towns, home))
        first = next(town for town in towns if town.name not in closed)
        supervisor = Supervisor(first.profile.resolve(), settings, tuple(sources), programs, stop)
        if said := unread_variables(towns[0].settings):
            supervisor.progress(said)
        for name, why in closed.items():
            supervisor.progress(f"{name} cannot be opened, the other towns start: {why}")
        if found:
            supervisor.progress(f"ended programs left running by an earlier start: {', '.join(found)}")
        try:
            return asyncio.run(_run_all(supervisor))
        finally:
            supervisor.programs.stop()
            stop_embedded(settings)
            supervisor.progress("stopped: all programs of Escucha have ended")


def _prepare(towns: Sequence[ServedTown]) -> tuple[dict[str, None], dict[str, str]]:
    """Make each ledger once; return the sources, and why towns stay closed.

    Raises:
        EscuchaError: of the only town, or of the last one where none can be opened.
    """
    sources: dict[str, None] = {}
    closed: dict[str, str] = {}
    for town in towns:
        try:
            with open_context(town.profile, town.settings) as context:  # refuses a wrong profile or salt
                check_whole(context.ledger)
                sources |= dict.fromkeys(context.city.sources)
        except (EscuchaError, OSError) as error:
            closed[town.name] = str(error)
            if len(closed) == len(towns):
                raise
    return sources, closed


def _record_signal(stop: list[int], number: int, _frame: FrameType | None) -> None:
    """Record the signal only.

    A program that is being started is thus registered before it is stopped.
    """
    stop.append(number)


def _environment(towns: Sequence[ServedTown], home: Path) -> dict[str, str]:
    """Build the environment of the supervised programs.

    PYTHONDONTWRITEBYTECODE is removed: without compiled files every Airflow process would compile everything again.
    """
    os.environ[orphans.MARK] = str(home)  # for the embedded engine, which inherits our environment
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    profiles = [str(town.profile.resolve()) for town in towns]
    several = {"ESCUCHA_TOWNS": ",".join(profiles)} if isinstance(towns[0].settings, TownSettings) else {}
    return (
        own
        | several
        | {
            "ESCUCHA_HOME": str(home),
            "ESCUCHA_CITY": profiles[0],
            "PATH": f"{preflight.BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "PYTHONUNBUFFERED": "1",
            "SPT_NOENV": "1",  # else setproctitle overwrites the environment of Airflow's processes, our mark included
        }
    )


async def _run_all(supervisor: Supervisor) -> int:
    """Run all parts concurrently until one fails or a stop is requested."""
    try:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(_wait_for_stop(supervisor))
            parts.create_task(services.search_engine(supervisor))
            parts.create_task(services.desk(supervisor))
            parts.create_task(services.report_desk_open(supervisor))
            parts.create_task(services.portal(supervisor))
            parts.create_task(services.report_portal_open(supervisor))
            parts.create_task(services.first_pass(supervisor))
            parts.create_task(services.example_reports(supervisor))
            parts.create_task(services.airflow(supervisor, parts))
    except* StopRequested:
        supervisor.progress("stopping ...")
    except* EscuchaError as errors:
        raise errors.exceptions[0] from None
    finally:
        supervisor.programs.terminate()
    return 0


async def _wait_for_stop(supervisor: Supervisor) -> None:
    """Wait for a signal, or for the end of the parent `make`.

    A killed `make` must not leave the supervisor behind.

    Raises:
        StopRequested: always, once one of them happened.
    """
    above = os.getppid() if os.environ.get("ESCUCHA_STOP_WITH") == str(os.getppid()) else None
    while not supervisor.stop and above in (None, os.getppid()):
        await asyncio.sleep(TURN_S)
    raise StopRequested
