"""The embedded search engine: one small program on this machine, in memory, found again by its process id and start time.

It outlives the command that started it, because what it holds would be gone with it. Its address stands in
`$ESCUCHA_HOME/run/search.json`; whatever else answers on some port is never used.
"""

import contextlib
import json
import subprocess
import time
from pathlib import Path

import psutil
from osmem_server import OsmemError, resolve_binary

from core.errors import ConfigurationError, UnavailableError
from core.settings import Settings
from search import record
from search.record import Running

START_S = 20
"""It starts in 0.1 s; a laptop that wakes up may need longer."""
# The program waits for a word before it becomes the engine: were this process killed before the record is written, the pipe
# closes and no engine without a record stays behind. `exec` keeps process id and start time.
WAIT_FOR_THE_RECORD = 'read -r go && exec "$0" "$@"'


def running(settings: Settings) -> str | None:
    """Address of the engine that runs, None when none does. Starts nothing and writes nothing."""
    known = record.read(settings)
    return known.url or None if known and record.process_of(known) else None


def start(settings: Settings, port: int | None = None) -> str:
    """Address of the one engine of this home; started when none runs. Two starts at once end with one engine.

    Raises:
        ConfigurationError: the port is taken, or this machine has no engine program.
        UnavailableError: it did not come up.
    """
    address = running(settings)
    if address:
        return address
    with record.alone(settings):
        address = running(settings)  # another start was first
        if address:
            return address
        record.end(record.read(settings))
        return _launch(settings, port or 0)


def stop(settings: Settings) -> bool:
    """End the engine of this home, also one that a killed start left behind; False when none ran."""
    if not record.file(settings).exists():
        return False
    with record.alone(settings):
        ended = record.end(record.read(settings))
        record.file(settings).unlink(missing_ok=True)
        return ended


def _launch(settings: Settings, port: int) -> str:
    try:
        program = resolve_binary()
    except OsmemError as error:
        raise ConfigurationError(
            f"no embedded search engine for this machine ({error}); set ESCUCHA_ELASTICSEARCH_URL"
        ) from None
    log = record.folder(settings) / "search.log"
    arguments = ["-addr", f"127.0.0.1:{port}", "-no-ja", "-no-stdin-watch"]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  our own program and arguments
            ["/bin/sh", "-c", WAIT_FOR_THE_RECORD, program, *arguments],
            stdin=subprocess.PIPE, stdout=out, stderr=out, start_new_session=True, cwd="/",
        )  # fmt: skip
    started = Running(pid=process.pid, started=psutil.Process(process.pid).create_time())
    record.write(settings, started)
    _say_go(process)
    url = _wait(process, log, port)
    record.write(settings, started.model_copy(update={"url": url}))
    process.returncode = 0  # it is on its own now: no ResourceWarning when this object goes
    return url


def _say_go(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is None:
        raise UnavailableError("the embedded search engine was started without a pipe")
    with contextlib.suppress(BrokenPipeError):  # it died already: `_wait` says so
        process.stdin.write(b"go\n")
        process.stdin.close()


def _wait(process: "subprocess.Popen[bytes]", log: Path, port: int) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        said = log.read_text(encoding="utf-8", errors="replace")
        for line in said.splitlines():
            if line.startswith("{") and line.endswith("}") and '"url"' in line:
                return str(json.loads(line)["url"])
        if process.poll() is not None:
            if "address already in use" in said:
                raise ConfigurationError(f"port {port} is taken: set ESCUCHA_SEARCH_PORT to a free one")
            raise UnavailableError(f"the embedded search engine ended at its start: {said.strip()[-300:]} (see {log})")
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise UnavailableError(f"the embedded search engine said nothing for {START_S} s (see {log})")
