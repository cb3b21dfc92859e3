"""How each part comes up: the search engine, the desk and the first pass, and Airflow beside them."""

import asyncio
import contextlib
import sys

import httpx

from core.config.plugins import ROOT
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.i18n.translate import LANGUAGES
from dashboards.panels import DASHBOARDS
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN
from escucha.supervisor.state import TURN_S, Command, Supervisor
from search.engine import Engine, connect, embedded_running, stop_embedded

LOOK_S = 5.0
"""How often the search engine and Airflow are asked how they are."""
SILENT_LOOKS = 3
"""An engine that runs and does not answer so many times in a row is frozen; once may be a pause."""
PATIENCE_S = 180.0
"""Airflow not healthy after this long is told; the rest does its work meanwhile."""
FIRST_USER = "first user: open "
"""The desk's line with the one-time link (desk/pages/setup.py)."""
HEARTBEAT_S = 300.0
FIRST_BEAT_S = 900.0
"""After a night off the last heartbeat is old: the first new one is waited for."""
CLEAN_AFTER_S, DAY_S = 600.0, 86_400.0
ILL_LOOKS = 5
PASSES = 3
"""A first pass that was killed is done again: every step may be repeated."""


async def search_engine(life: Supervisor) -> None:
    """Start the embedded engine and keep it: what it held is filled in again from the ledger. Another's is only greeted."""
    if life.settings.elasticsearch_url:
        life.engine_known.set()
        await _greet(life)
        return
    engine = await _greet(life)
    life.engine_known.set()
    while True:
        engine = await _look_after(life, engine)


async def _look_after(life: Supervisor, engine: Engine | None) -> Engine | None:
    """Wait until the engine has ended or is frozen, then put a new one in its place. Nothing that fails here ends the rest."""
    silent = 0
    while silent < SILENT_LOOKS:
        await asyncio.sleep(LOOK_S)
        silent = 0 if engine is not None and await asyncio.to_thread(engine.answers) else silent + 1
        if silent and (engine is None or embedded_running(life.settings) is None):
            break
    life.say("the search engine does not answer: starting it and filling it again")
    try:
        await asyncio.to_thread(stop_embedded, life.settings)
        started = await _greet(life)
    except EscuchaError as error:
        life.say(f"search engine: {error}. Trying again")
        return None
    if started is not None:
        code = await life.finish("index", [BIN / "escucha", "index", "--city", life.city_path], {})
        if code != 0:
            life.say(f"search engine: filling it stopped (exit code {code}); the schedules go on with it")
    return started


async def _greet(life: Supervisor) -> Engine | None:
    try:
        engine = await asyncio.to_thread(connect, life.settings, port=life.settings.search_port)
    except UnavailableError as error:
        life.say(f"search engine: {error}. Reading and cases go on; the index is filled later")
        return None
    life.say(f"search engine: {engine.flavour} {engine.version} at {engine.url}")
    return engine


async def desk(life: Supervisor) -> None:
    """Keep the desk running."""
    await life.engine_known.wait()
    await life.keep("desk", [sys.executable, "-m", "escucha.cli", "desk"], {})


async def desk_opens(life: Supervisor) -> None:
    """Say when the desk is open."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while not life.desk_open.is_set():
            try:
                if (await client.get(life.desk)).status_code < 500:
                    life.desk_open.set()
            except httpx.HTTPError:
                await asyncio.sleep(2 * TURN_S)
    life.say(f"desk: open at {life.desk}")
    for line in life.programs.log("desk").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(FIRST_USER):
            life.say(line)


async def first_pass(life: Supervisor) -> None:
    """Run all steps once, visibly, as soon as the desk is open; then say `ready:` on standard output.

    Raises:
        EscuchaError: the pass could not be done at all.
    """
    await life.desk_open.wait()
    life.say("first pass: reading the sources ...")
    command: Command = [BIN / "escucha", "run", "--city", life.city_path]
    for _ in range(PASSES):
        code = await life.finish("first-pass", command, {}, show=True)
        if code >= 0:
            break
        life.say(f"first pass: killed by signal {-code}; once more")
    if code == ConfigurationError.exit_code:
        raise ConfigurationError("the first pass refused to start: see above")
    if code < 0:
        raise EscuchaError(f"the first pass was killed {PASSES} times (signal {-code}): is there enough memory?")
    await _draw_dashboards(life)
    life.say(
        "first pass: done" if code == 0 else "first pass: part of it failed (see above); the schedules will try again"
    )
    life.passed.set()
    sys.stdout.write(f"ready: {life.desk}\n")
    sys.stdout.flush()


async def _draw_dashboards(life: Supervisor) -> None:
    """Look at each dashboard once: its first drawing takes half a second, which no reader should wait for.

    Later changes are the desk's own painter's; it looks every few seconds, which is too late for the first reader after `ready:`.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=LOOK_S) as client:
        for language in LANGUAGES:
            for dashboard in DASHBOARDS:
                with contextlib.suppress(httpx.HTTPError):  # then they are drawn when somebody looks
                    await client.get(f"{life.desk}dashboards/{dashboard.key}", headers={"accept-language": language})


async def airflow(life: Supervisor, programs: asyncio.TaskGroup) -> None:
    """Start Airflow, let its DAGs collect when the first pass is done, and say when its health changes."""
    told, command = scheduler.environment(life.settings), BIN / "airflow"
    life.say("Airflow: preparing its database ...")
    await life.must_finish("airflow-migrate", [command, "db", "migrate"], told)
    await life.must_finish("airflow-pools", [command, "pools", "import", ROOT / "dags" / "pools.json"], told)
    await life.must_finish("airflow-hold", [command, *scheduler.hold(life.settings)], told)
    listening = scheduler.Listening(life.settings)
    listening.hold(life.programs.log("airflow-hold").read_text(encoding="utf-8"))
    for name, arguments in scheduler.PROGRAMS.items():
        programs.create_task(life.keep(name, [command, *arguments], told))
    await _healthy(life)
    await _guarded(life)
    await life.passed.wait()
    await _release(life, listening)
    programs.create_task(_watch_heartbeat(life))
    programs.create_task(_clean(life))
    await _watch(life)


async def _watch_heartbeat(life: Supervisor) -> None:
    """Look at the scheduler's heartbeat from outside it, and say what stays away."""
    silent = False
    await asyncio.sleep(FIRST_BEAT_S)
    while True:
        command: Command = [BIN / "escucha", "watch-scheduler", "--city", life.city_path]
        code = await life.finish("watch-scheduler", command, {})
        if code != 0 and not silent:
            life.say(life.how_it_ended("watch-scheduler", code))
        silent = code != 0
        await asyncio.sleep(HEARTBEAT_S)


async def _clean(life: Supervisor) -> None:
    """Clean Airflow's old rows and logs once a day: the first time soon after the start, for few machines run for days."""
    while True:
        await asyncio.sleep(CLEAN_AFTER_S)
        command: Command = [BIN / "escucha", "clean", "--city", life.city_path]
        code = await life.finish("clean", command, scheduler.environment(life.settings))
        if code != 0:
            life.say(life.how_it_ended("clean", code))
        await asyncio.sleep(DAY_S)


async def _release(life: Supervisor, listening: scheduler.Listening) -> None:
    """The pass is done: new posts may come."""
    dag_id = life.settings.dag_id
    expected = {dag_id("process"), *(dag_id("collect", source) for source in life.sources)}
    began = asyncio.get_running_loop().time()
    told = False
    while not await listening.release(expected):
        await asyncio.sleep(1)
        if not told and asyncio.get_running_loop().time() - began > PATIENCE_S:
            told = True
            life.say(
                f"Airflow: does not know {', '.join(sorted(expected))} yet; see {life.programs.log('airflow-dag-processor')}"
            )
    life.say(f"Airflow: listening to {', '.join(life.sources) or 'no source'}")


async def _healthy(life: Supervisor) -> None:
    began = asyncio.get_running_loop().time()
    told = False
    while ailing := await scheduler.ailing(life.settings):
        await asyncio.sleep(0.5)
        if not told and asyncio.get_running_loop().time() - began > PATIENCE_S:
            told = True
            life.say(
                f"Airflow: {', '.join(ailing)} not healthy yet; see {life.programs.log('airflow-scheduler').parent}"
            )
    life.say(f"Airflow: healthy at {scheduler.address(life.settings)}/")


async def _guarded(life: Supervisor) -> None:
    """See that no foreign web page reaches Airflow, where everybody is administrator.

    Raises:
        EscuchaError: it would.
    """
    foreign = True
    for _ in range(ILL_LOOKS):
        try:
            foreign = await scheduler.answers_foreign_pages(life.settings)
            break
        except httpx.HTTPError:
            await asyncio.sleep(1)
    if foreign:
        raise EscuchaError(
            "Airflow answers to foreign host names, so any web page in this machine's browser could use it: "
            f"dags/plugins/foreign_pages.py was not loaded; see {life.programs.log('airflow-api')}"
        )


async def _watch(life: Supervisor) -> None:
    """Say it when Airflow has been ailing for several looks, and when it is well again: one slow answer is no illness."""
    ill = 0
    while True:
        await asyncio.sleep(LOOK_S)
        ailing = await scheduler.ailing(life.settings)
        if ailing and ill == ILL_LOOKS:
            life.say(f"Airflow: not healthy: {', '.join(ailing)}; see {life.programs.log('airflow-scheduler').parent}")
        if not ailing and ill > ILL_LOOKS:
            life.say("Airflow: healthy again")
        ill = ill + 1 if ailing else 0
