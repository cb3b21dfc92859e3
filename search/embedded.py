"""The embedded search engine: one small program on this machine, in memory, found again by its process id and start time.

It outlives the command that started it, because what it holds would be gone with it. Its address stands in
`$ESCUCHA_HOME/run/search.json`; whatever else answers on some port is never used.
"""

import contextlib
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

import psutil
from osmem_server import OsmemError, resolve_binary

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from search import pidfile, token_proxy
from search.pidfile import EngineProcess

START_S = 20
"""It starts in 0.1 s; a laptop that wakes up may need longer."""
# The doorkeeper waits for its token: were this process killed before the record is written, the pipe closes and nothing that
# has no record stays behind. It is a file of its own, run without our modules: it starts in a moment and stays small.
DOORKEEPER = [sys.executable, "-I", str(Path(token_proxy.__file__))]


def running(settings: Settings) -> EngineProcess | None:
    """The engine that runs, None when none does. Starts nothing and writes nothing."""
    known = pidfile.read_pidfile(settings)
    return known if known and known.url and pidfile.process_of(known) else None


def start(settings: Settings, port: int | None = None) -> EngineProcess:
    """The one engine of this home; started when none runs. Two starts at once end with one engine.

    Raises:
        ConfigurationError: the port is taken, or this machine has no engine program.
        UnavailableError: it did not come up.
    """
    known = running(settings)
    if known:
        return known
    with pidfile.alone(settings):
        known = running(settings)  # another start was first
        if known:
            return known
        pidfile.end(pidfile.read_pidfile(settings))
        return _launch(settings, port or 0)


def stop(settings: Settings) -> bool:
    """End the engine of this home, also one that a killed start left behind; False when none ran."""
    if not pidfile.file(settings).exists():
        return False
    with pidfile.alone(settings):
        ended = pidfile.end(pidfile.read_pidfile(settings))
        pidfile.file(settings).unlink(missing_ok=True)
        return ended


def _launch(settings: Settings, port: int) -> EngineProcess:
    try:
        program = resolve_binary()
    except OsmemError as error:
        raise ConfigurationError(
            f"no embedded search engine for this machine ({error}); set ESCUCHA_ELASTICSEARCH_URL"
        ) from None
    log = pidfile.folder(settings) / "search.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  our own program and arguments
            [*DOORKEEPER, str(port), program],
            stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True, cwd="/",
        )  # fmt: skip
    started = EngineProcess(
        pid=process.pid, started=psutil.Process(process.pid).create_time(), token=secrets.token_urlsafe(32)
    )
    pidfile.write_pidfile(settings, started)
    _hand_over(process, started.token)
    known = _wait(process, log, port, started)
    pidfile.write_pidfile(settings, known)
    process.returncode = 0  # it is on its own now: no ResourceWarning when this object goes
    return known


def _hand_over(process: "subprocess.Popen[bytes]", token: str) -> None:
    """Through the pipe: what stands in the command or the environment can be read by others."""
    if process.stdin is None:
        raise UnavailableError("the embedded search engine was started without a pipe")
    with contextlib.suppress(BrokenPipeError):  # it died already: `_wait` says so
        process.stdin.write(f"{token}\n".encode())
        process.stdin.close()


def _wait(process: "subprocess.Popen[bytes]", log: Path, port: int, started: EngineProcess) -> EngineProcess:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        said = log.read_text(encoding="utf-8", errors="replace")
        for line in said.splitlines():
            if line.startswith('{"door"') and line.endswith("}"):
                told = json.loads(line)
                engine = psutil.Process(told["pid"])
                found = {"url": told["door"], "engine_pid": engine.pid, "engine_started": engine.create_time()}
                return started.model_copy(update=found)
        if process.poll() is not None:
            if "address already in use" in said:
                raise ConfigurationError(f"port {port} is taken: set ESCUCHA_SEARCH_PORT to a free one")
            raise UnavailableError(f"the embedded search engine ended at its start: {said.strip()[-300:]} (see {log})")
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise UnavailableError(f"the embedded search engine said nothing for {START_S} s (see {log})")
