"""What must be right before anything is started: ports, disk, tools. Each fault is one sentence that says what to do."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from core.config.settings import Settings
from core.errors import ConfigurationError

NEEDED_MB = 500
"""State of a first pass is about 150 MB; the rest is room for logs and the first weeks."""
LET_GO_S = 1.0
BIN = Path(sys.executable).parent


def look(settings: Settings) -> None:
    """Tools and ports.

    Raises:
        ConfigurationError: something is in the way; the message names the variable or the command that helps.
    """
    _tools()
    ports = {"ESCUCHA_DESK_PORT": settings.desk_port, "ESCUCHA_AIRFLOW_PORT": settings.airflow_port}
    if not settings.elasticsearch_url:
        ports["ESCUCHA_SEARCH_PORT"] = settings.search_port
    _ports(ports, settings.desk_host)


def _tools() -> None:
    if not (BIN / "airflow").exists():
        raise ConfigurationError(f"{BIN}/airflow is missing: run `make install`, then start with `make run`")


def room(home: Path) -> None:
    """There is a folder for the state, and room in it.

    Raises:
        ConfigurationError: the folder cannot be written, or the disk is full.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".probe.{os.getpid()}"
        probe.write_bytes(b"escucha")
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"{home}: cannot write there ({error.strerror}); set ESCUCHA_HOME to a folder of yours"
        ) from None
    free = shutil.disk_usage(home).free // 1_000_000
    if free < NEEDED_MB:
        raise ConfigurationError(
            f"{home}: {free} MB free and at least {NEEDED_MB} MB needed; make room, or set ESCUCHA_HOME to another disk"
        )


def make_private(home: Path) -> None:
    """Close what an earlier version, or Airflow, left open for others on this machine."""
    for folder in (home / "airflow", home / "airflow" / "logs", home / "run"):
        if folder.is_dir():
            folder.chmod(0o700)
    for file in (home / "airflow").glob("airflow.*"):
        file.chmod(0o600)


def _ports(ports: Mapping[str, int], desk_host: str) -> None:
    for variable, port in ports.items():
        twin = next((other for other, taken in ports.items() if taken == port and other != variable), None)
        if twin is not None:
            raise ConfigurationError(f"{variable} and {twin} are both {port}: give each a port of its own")
        host = desk_host if variable == "ESCUCHA_DESK_PORT" else "127.0.0.1"
        reason = _taken_for_good(host, port)
        if reason is not None:
            free = next((one for one in range(port + 10, 65536) if _taken(host, one) is None), 18800)
            raise ConfigurationError(f"port {port} of {host}: {reason}; set {variable} to a free one, such as {free}")


def _taken_for_good(host: str, port: int) -> str | None:
    """Why the port cannot be had; what was ended just now may take a moment to let go of it."""
    until = time.monotonic() + LET_GO_S
    while (reason := _taken(host, port)) is not None and time.monotonic() < until:
        time.sleep(0.05)
    return reason


def _taken(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago is free
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return None
