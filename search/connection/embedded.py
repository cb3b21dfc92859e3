"""Start and stop the embedded search engine: one process, in memory.

It outlives the command that started it, because its index would be lost with it. Its address is in `$ESCUCHA_HOME/run/search.json`, and it
is identified by process id and start time; any other program on a port is never used.
"""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from osmem_server import OsmemError, resolve_binary

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from core.runtime.processes import start_time
from search.connection import pidfile, token_proxy
from search.connection.pidfile import EngineProcess

START_S = 20
"""It starts in 0.1 s; a laptop that resumes from sleep may need longer."""
MEMORY_FIRST = "40"
"""Collect garbage more often: 42 % less memory for 38 % more CPU while it is filled (8,000 posts: 190 MB, not 329)."""
# The proxy waits for its token: if this process is killed before the record is written, the pipe closes and the proxy ends, so no
# process without a record is left behind. It runs without our modules (-I), so that it starts fast and stays small.
PROXY_COMMAND = [sys.executable, "-I", str(Path(token_proxy.__file__))]


def running(settings: Settings) -> EngineProcess | None:
    """Return the running engine, or None. Nothing is started or written."""
    known = pidfile.read_pidfile(settings)
    return known if known and known.url and pidfile.process_of(known) else None


def start(settings: Settings, port: int | None = None) -> EngineProcess:
    """Return this home's engine, started if none runs.

    Two concurrent starts give one engine.

    Raises:
        ConfigurationError: the port is taken, or there is no engine program for this machine.
        UnavailableError: it did not start.
    """
    known = running(settings)
    if known:
        return known
    with pidfile.exclusive(settings):
        known = running(settings)  # a concurrent start was faster
        if known:
            return known
        pidfile.end_processes(pidfile.read_pidfile(settings))
        return _launch(settings, port or 0)


def stop(settings: Settings) -> bool:
    """End this home's engine, also one left by a killed start.

    Returns False when none ran.
    """
    if not pidfile.pidfile_path(settings).exists():
        return False
    with pidfile.exclusive(settings):
        ended = pidfile.end_processes(pidfile.read_pidfile(settings))
        pidfile.pidfile_path(settings).unlink(missing_ok=True)
        return ended


def _launch(settings: Settings, port: int) -> EngineProcess:
    try:
        program = resolve_binary()
    except OsmemError as error:
        raise ConfigurationError(f"there is no embedded search engine for this machine ({error}); set ESCUCHA_ELASTICSEARCH_URL") from None
    log = pidfile.run_folder(settings) / "search.log"
    environment = {"GOGC": MEMORY_FIRST, **os.environ}
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  no user input
            [*PROXY_COMMAND, str(port), program],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd="/",
            env=environment,
        )
    started = EngineProcess(pid=process.pid, started=start_time(process.pid), token=secrets.token_urlsafe(32))
    pidfile.write_pidfile(settings, started)
    _send_token(process, started.token)
    known = _wait(process, log, port, started)
    pidfile.write_pidfile(settings, known)
    process.returncode = 0  # it outlives this process: no ResourceWarning when this object is deleted
    return known


def _send_token(process: "subprocess.Popen[bytes]", token: str) -> None:
    """Pass the token through a pipe.

    Other users can read command lines and environments.
    """
    if process.stdin is None:
        raise UnavailableError("the embedded search engine was started without a pipe")
    with contextlib.suppress(BrokenPipeError):  # it has already ended: `_wait` reports it
        process.stdin.write(f"{token}\n".encode())
        process.stdin.close()


def _wait(process: "subprocess.Popen[bytes]", log: Path, port: int, started: EngineProcess) -> EngineProcess:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        output = log.read_text(encoding="utf-8", errors="replace")
        for line in output.splitlines():
            if line.startswith('{"url"') and line.endswith("}"):
                ready = json.loads(line)
                found = {"url": ready["url"], "engine_pid": ready["pid"], "engine_started": start_time(ready["pid"])}
                return started.model_copy(update=found)
        if process.poll() is not None:
            if "address already in use" in output:
                raise ConfigurationError(f"port {port} is taken: set ESCUCHA_SEARCH_PORT to a free one")
            raise UnavailableError(f"the embedded search engine ended during start: {output.strip()[-300:]} (see {log})")
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise UnavailableError(f"the embedded search engine did not start within {START_S} s (see {log})")
