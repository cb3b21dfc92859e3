"""`make run`: starts the search engine, the desk and Airflow, runs the first pass over the sources, and ends them all together.

The desk comes first, so that staff see the pass advancing. The DAGs that collect and process wait until the pass is done. A program
that dies is started again a few times; one that keeps dying ends everything, because a half that looks whole is worse than none.
"""

import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from types import FrameType

from core.config.plugins import ROOT
from core.config.settings import Settings
from core.errors import EscuchaError
from escucha.supervisor import orphans, preflight, services
from escucha.supervisor.lock import single_instance
from escucha.supervisor.processes import Programs
from escucha.supervisor.state import TURN_S, Supervisor
from ledger.database.health import check_whole
from pipeline.context import open_context
from search.engine import stop_embedded


class ToldToStop(Exception):  # noqa: N818  it is no error
    """Ctrl-C, SIGTERM, a closed terminal, or the `make` above us is gone."""


def up(city_path: Path, settings: Settings) -> int:
    """Start everything and stay until told to stop: 0 then.

    Raises:
        ConfigurationError: profile, environment or machine are not right.
        EscuchaError: a program could not be kept running.
    """
    os.umask(0o077)  # what our programs write, Airflow's database and logs included, is for its owner alone
    stop: list[int] = []
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, partial(_note, stop))
    preflight.room(settings.home)
    home = settings.home.resolve()
    preflight.make_private(home)
    with single_instance(home, stop):
        found = orphans.end_orphans(home)
        stop_embedded(settings)
        preflight.look(settings)
        with open_context(city_path, settings) as context:  # refuses a wrong profile or salt, and makes the ledger once
            check_whole(context.ledger)
            sources = tuple(context.city.sources)
        life = Supervisor(city_path.resolve(), settings, sources, Programs(home, _environment(city_path, home)), stop)
        if found:
            life.say(f"ended what an earlier start had left running: {', '.join(found)}")
        try:
            return asyncio.run(_live(life))
        finally:
            life.programs.stop()
            stop_embedded(settings)
            life.say("stopped: nothing of Escucha runs any more")


def _note(stop: list[int], number: int, _frame: FrameType | None) -> None:
    """Signals only leave a note: whatever is being started is known before it is ended."""
    stop.append(number)


def _environment(city_path: Path, home: Path) -> dict[str, str]:
    """What our programs are told. Python may write its compiled files: without them every Airflow process compiles anew."""
    os.environ[orphans.MARK] = str(home)  # for the embedded engine, which inherits from us
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {
        "ESCUCHA_HOME": str(home),
        "ESCUCHA_CITY": str(city_path.resolve()),
        "PATH": f"{preflight.BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
        "SPT_NOENV": "1",  # Airflow's processes rename themselves over their environment, and with it over our mark
    }


async def _live(life: Supervisor) -> int:
    """All parts beside each other until one gives up or we are told to stop."""
    try:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(_until_told(life))
            parts.create_task(services.search_engine(life))
            parts.create_task(services.desk(life))
            parts.create_task(services.desk_opens(life))
            parts.create_task(services.first_pass(life))
            parts.create_task(services.airflow(life, parts))
    except* ToldToStop:
        life.say("stopping ...")
    except* EscuchaError as errors:
        raise errors.exceptions[0] from None
    finally:
        life.programs.tell()
    return 0


async def _until_told(life: Supervisor) -> None:
    """Ends with a signal, or with the `make` that started us: a killed make must not leave us behind."""
    above = os.getppid() if os.environ.get("ESCUCHA_STOP_WITH") == str(os.getppid()) else None
    while not life.stop and above in (None, os.getppid()):
        await asyncio.sleep(TURN_S)
    raise ToldToStop
