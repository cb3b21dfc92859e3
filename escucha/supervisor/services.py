"""Start and watch the search engine, desk, portal, first pass and Airflow."""

import asyncio
import contextlib
import sys
import time

import httpx

from core.config.city import load_city
from core.config.towns import towns_of
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from dashboards.panels import DASHBOARDS
from escucha.supervisor import airflow as scheduler
from escucha.supervisor.preflight import BIN
from escucha.supervisor.state import TURN_S, Command, Supervisor
from pipeline.context import now
from pipeline.health.watch_state import note_start
from search.connection.engine import Engine, connect, embedded_running, stop_embedded

CHECK_S = 5.0
"""Interval of the health checks of the search engine and Airflow."""
FAILED_CHECKS = 3
"""A running engine that fails this many health checks in a row counts as hung; one failure may be a pause."""
REPORT_AFTER_S = 180.0
"""Report Airflow as unhealthy after this time; the other parts work meanwhile."""
FIRST_USER = "first user: open "
"""Start of the desk's log line with the one-time link (desk/pages/admin/setup.py)."""
DESK_OPEN, PASS_BEGINS, AIRFLOW_HEALTHY, AIRFLOW_COLLECTS = (
    "desk: open at",
    "first pass: collecting from the sources",
    "Airflow: healthy at",
    "Airflow: collecting from",
)
PASS_DONE, PASS_PARTLY_DONE, PASS_CAUGHT_UP = "first pass: done", "first pass: part of it failed", "first pass: older posts are read too"
"""Starts of the lines of progress by which `make bench` measures the start."""
HEARTBEAT_S, ADDED_S = 300.0, 30.0
CLEAN_AFTER_S, DAY_S = 600.0, 86_400.0
UNHEALTHY_CHECKS = 5
NEWEST_DAYS = 7
"""Posts of these days are read before `ready:`, the older ones behind it."""
PASS_ATTEMPTS = 3
"""A first pass that was killed is repeated: every step is idempotent."""


async def search_engine(supervisor: Supervisor) -> None:
    """Start the embedded engine and keep it running.

    It holds its index in memory: a new one is filled again from the ledger. An external engine is only connected to.
    """
    if supervisor.settings.elasticsearch_url:
        supervisor.engine_known.set()
        await _connect(supervisor)
        return
    engine = await _connect(supervisor)
    supervisor.engine_known.set()
    while True:
        engine = await _wait_and_restart(supervisor, engine)


async def _wait_and_restart(supervisor: Supervisor, engine: Engine | None) -> Engine | None:
    """Wait until the engine ends or hangs, then replace it.

    A failure here is logged and does not stop the other parts.
    """
    failed = 0
    while failed < FAILED_CHECKS:
        await asyncio.sleep(CHECK_S)
        failed = 0 if engine is not None and await asyncio.to_thread(engine.answers) else failed + 1
        if failed and (engine is None or embedded_running(supervisor.settings) is None):
            break
    supervisor.progress("the search engine does not answer: restarting it and rebuilding its index")
    try:
        await asyncio.to_thread(stop_embedded, supervisor.settings)
        started = await _connect(supervisor)
    except EscuchaError as error:
        supervisor.progress(f"search engine: {error}. Retrying")
        return None
    if started is not None:
        code = await supervisor.run_program("index", [BIN / "escucha", "index"], {})
        if code != 0:
            supervisor.progress(f"search engine: indexing stopped (exit code {code}); the schedules will continue it")
    return started


async def _connect(supervisor: Supervisor) -> Engine | None:
    try:
        engine = await asyncio.to_thread(connect, supervisor.settings, port=supervisor.settings.search_port)
    except UnavailableError as error:
        supervisor.progress(f"search engine: {error}. Collection and cases continue; the index is filled later")
        return None
    supervisor.progress(f"search engine: {engine.flavour} {engine.version} at {engine.url}")
    return engine


async def desk(supervisor: Supervisor) -> None:
    """Keep the desk running."""
    await supervisor.engine_known.wait()
    await supervisor.keep_running("desk", [sys.executable, "-m", "escucha.cli", "desk"], {})


async def report_desk_open(supervisor: Supervisor) -> None:
    """Wait until the desk answers, then report its address."""
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while not supervisor.desk_open.is_set():
            try:
                if (await client.get(supervisor.desk)).status_code < 500:
                    supervisor.desk_open.set()
            except httpx.HTTPError:
                await asyncio.sleep(2 * TURN_S)
    supervisor.progress(f"{DESK_OPEN} {supervisor.desk}")
    for line in supervisor.programs.log("desk").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(FIRST_USER):
            supervisor.progress(line)


async def portal(supervisor: Supervisor) -> None:
    """Keep the portal running; it starts when the desk is open."""
    await supervisor.desk_open.wait()
    await supervisor.keep_running("portal", [sys.executable, "-m", "escucha.cli", "portal"], {})


async def report_portal_open(supervisor: Supervisor) -> None:
    """Wait until the portal answers, then report its address."""
    await supervisor.desk_open.wait()
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(f"{supervisor.portal}alive")).status_code == 200:
                    break
            await asyncio.sleep(2 * TURN_S)
    supervisor.progress(f"portal: {supervisor.portal}")


async def first_pass(supervisor: Supervisor) -> None:
    """Run all steps once, print `ready:` on standard output, read the rest.

    The pass starts as soon as the desk is open; its log is shown. It reads the newest posts: an archive of months is read behind it.

    Raises:
        EscuchaError: the pass could not be done at all.
    """
    await supervisor.desk_open.wait()
    supervisor.progress(f"{PASS_BEGINS} ...")
    command: Command = [BIN / "escucha", "run", "--newest-days", str(NEWEST_DAYS)]
    for _ in range(PASS_ATTEMPTS):
        code = await supervisor.run_program("first-pass", command, {}, show=True)
        if code >= 0:
            break
        supervisor.progress(f"first pass: killed by signal {-code}; repeating it")
    if code == ConfigurationError.exit_code and not supervisor.settings.towns:  # of several, one may be refused
        raise ConfigurationError("the first pass refused to start: see above")
    if code < 0:
        raise EscuchaError(f"the first pass was killed {PASS_ATTEMPTS} times (signal {-code}): is there enough memory?")
    await _prerender_dashboards(supervisor)
    supervisor.progress(PASS_DONE if code == 0 else f"{PASS_PARTLY_DONE} (see above); the schedules will try again")
    supervisor.passed.set()
    sys.stdout.write(f"ready: {supervisor.desk}\n")
    sys.stdout.flush()
    await _read_older(supervisor)
    supervisor.caught_up.set()


async def _read_older(supervisor: Supervisor) -> None:
    """Read the older posts, with the lowest priority.

    What fails here is left to the schedules.
    """
    for step in ("classify", "triage", "index"):
        name = f"older-{step}"
        code = await supervisor.run_program(name, ["nice", "-n", "19", BIN / "escucha", step], {})
        if code != 0:
            supervisor.progress(supervisor.describe_exit(name, code))
            return
    supervisor.progress(PASS_CAUGHT_UP)


async def example_reports(supervisor: Supervisor) -> None:
    """Write a report of each kind about the example month, after `ready:`.

    It has the lowest priority, and a failure stops nothing else.
    """
    if "example" not in supervisor.sources or not supervisor.settings.example:
        return
    await supervisor.passed.wait()
    began = time.monotonic()
    command: Command = ["nice", "-n", "19", BIN / "escucha", "report", "--examples"]
    code = await supervisor.run_program("example-reports", command, {})
    if code != 0:
        supervisor.progress(supervisor.describe_exit("example-reports", code))
    elif '{"written": 0}' not in supervisor.programs.log("example-reports").read_text(encoding="utf-8"):
        seconds = time.monotonic() - began
        supervisor.progress(f"reports: one of each kind about the example month, written in {seconds:.0f} s: {supervisor.desk}reports")


async def _prerender_dashboards(supervisor: Supervisor) -> None:
    """Draw each dashboard once in the city's languages, before people ask.

    Later changes are rendered by the desk's chart cache, which runs every few seconds: too late for the first request after `ready:`.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=CHECK_S) as client:
        for language in load_city(supervisor.city_path).languages:
            for dashboard in DASHBOARDS:
                with contextlib.suppress(httpx.HTTPError):  # then they are rendered on the first request
                    await client.get(f"{supervisor.desk}dashboards/{dashboard.key}", headers={"accept-language": language})


async def airflow(supervisor: Supervisor, programs: asyncio.TaskGroup) -> None:
    """Start Airflow, release its DAGs when all posts are read, watch it."""
    environment, command = scheduler.environment(supervisor.settings), BIN / "airflow"
    supervisor.progress("Airflow: preparing its database ...")
    await supervisor.run_checked("airflow-migrate", [command, "db", "migrate"], environment)
    await supervisor.run_checked("airflow-pools", [BIN / "escucha", "pools"], environment)
    await supervisor.run_checked("airflow-hold", [command, *scheduler.hold(supervisor.settings)], environment)
    paused = scheduler.PausedDags(supervisor.settings)
    paused.hold(supervisor.programs.log("airflow-hold").read_text(encoding="utf-8"))
    for name, arguments in scheduler.PROGRAMS.items():
        programs.create_task(supervisor.keep_running(name, [command, *arguments], environment))
    await _wait_until_healthy(supervisor)
    await _check_host_guard(supervisor)
    await supervisor.caught_up.wait()
    await _release(supervisor, paused)
    programs.create_task(_watch_heartbeat(supervisor))
    programs.create_task(_clean(supervisor))
    programs.create_task(_release_added(supervisor, paused))
    await _watch_health(supervisor)


async def _watch_heartbeat(supervisor: Supervisor) -> None:
    """Check the scheduler's heartbeat from outside Airflow and report its absence."""
    failed = False
    for town in towns_of(supervisor.settings, supervisor.city_path, missing_too=True):
        note_start(town.settings, now())
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        command: Command = [BIN / "escucha", "watch-scheduler"]
        code = await supervisor.run_program("watch-scheduler", command, {})
        if code != 0 and not failed:
            supervisor.progress(supervisor.describe_exit("watch-scheduler", code))
        failed = code != 0


async def _clean(supervisor: Supervisor) -> None:
    """Clean Airflow's old rows and logs once a day.

    The first time is soon after the start: few machines run for days.
    """
    while True:
        await asyncio.sleep(CLEAN_AFTER_S)
        command: Command = [BIN / "escucha", "clean"]
        code = await supervisor.run_program("clean", command, scheduler.environment(supervisor.settings))
        if code != 0:
            supervisor.progress(supervisor.describe_exit("clean", code))
        await asyncio.sleep(DAY_S)


async def _release(supervisor: Supervisor, paused: scheduler.PausedDags) -> None:
    """Release the paused DAGs once Airflow has parsed all of them."""
    expected = scheduler.expected_dags(supervisor.settings, supervisor.sources)
    began = asyncio.get_running_loop().time()
    reported = False
    while not await paused.release(expected):
        await asyncio.sleep(1)
        if not reported and asyncio.get_running_loop().time() - began > REPORT_AFTER_S:
            reported = True
            supervisor.progress(
                f"Airflow: has not loaded {', '.join(sorted(expected))} yet; see {supervisor.programs.log('airflow-dag-processor')}"
            )
    supervisor.progress(f"{AIRFLOW_COLLECTS} {', '.join(supervisor.sources) or 'no source'}")


async def _release_added(supervisor: Supervisor, paused: scheduler.PausedDags) -> None:
    """Release the DAGs of sources that are added while Airflow runs."""
    while True:
        await asyncio.sleep(ADDED_S)
        for dag_id in await paused.release_added():
            supervisor.progress(f"Airflow: {dag_id} is new and runs from now on")


async def _wait_until_healthy(supervisor: Supervisor) -> None:
    began = asyncio.get_running_loop().time()
    reported = False
    while unhealthy := await scheduler.unhealthy(supervisor.settings):
        await asyncio.sleep(0.5)
        if not reported and asyncio.get_running_loop().time() - began > REPORT_AFTER_S:
            reported = True
            supervisor.progress(
                f"Airflow: {', '.join(unhealthy)} not healthy yet; see {supervisor.programs.log('airflow-scheduler').parent}"
            )
    supervisor.progress(f"{AIRFLOW_HEALTHY} {scheduler.base_url(supervisor.settings)}/")


async def _check_host_guard(supervisor: Supervisor) -> None:
    """Check that no foreign web page can use Airflow.

    Everyone who reaches its port is an administrator.

    Raises:
        EscuchaError: Airflow accepts foreign host names.
    """
    foreign = True
    for _ in range(UNHEALTHY_CHECKS):
        try:
            foreign = await scheduler.accepts_foreign_host(supervisor.settings)
            break
        except httpx.HTTPError:
            await asyncio.sleep(1)
    if foreign:
        raise EscuchaError(
            "Airflow accepts requests for foreign host names, so any web page in this machine's browser could use it: "
            f"dags/plugins/foreign_pages.py was not loaded; see {supervisor.programs.log('airflow-api')}"
        )


async def _watch_health(supervisor: Supervisor) -> None:
    """Report when Airflow has been unhealthy for several checks, and its recovery.

    One slow answer does not count.
    """
    failed = 0
    while True:
        await asyncio.sleep(CHECK_S)
        unhealthy = await scheduler.unhealthy(supervisor.settings)
        if unhealthy and failed == UNHEALTHY_CHECKS:
            supervisor.progress(f"Airflow: not healthy: {', '.join(unhealthy)}; see {supervisor.programs.log('airflow-scheduler').parent}")
        if not unhealthy and failed > UNHEALTHY_CHECKS:
            supervisor.progress("Airflow: healthy again")
        failed = failed + 1 if unhealthy else 0
