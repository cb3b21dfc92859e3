"""Check ports, disk space and tools before anything is started.

Each error is one sentence that says what to do.
"""

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
"""A first pass takes about 150 MB; the remainder is for logs and the first weeks."""
PORT_RELEASE_S = 1.0
BIN = Path(sys.executable).parent


def check_machine(settings: Settings) -> None:
    """Check tools and ports.

    Raises:
        ConfigurationError: one is missing or taken; the message names the variable or the command that helps.
    """
    _tools()
    ports = {
        "ESCUCHA_DESK_PORT": settings.desk_port,
        "ESCUCHA_PORTAL_PORT": settings.portal_port,
        "ESCUCHA_AIRFLOW_PORT": settings.airflow_port,
    }
    if not settings.elasticsearch_url:
        ports["ESCUCHA_SEARCH_PORT"] = settings.search_port
    _ports(ports, {"ESCUCHA_DESK_PORT": settings.desk_host, "ESCUCHA_PORTAL_PORT": settings.portal_host})


def _tools() -> None:
    if not (BIN / "airflow").exists():
        raise ConfigurationError(f"{BIN}/airflow is missing: run `make install`, then start with `make run`")


def prepare_home(home: Path) -> None:
    """Create the home folder; check that it is writable and has space.

    Raises:
        ConfigurationError: the folder cannot be written, or the disk is full.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".probe.{os.getpid()}"
        probe.write_bytes(b"escucha")
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(f"{home}: not writable ({error.strerror}); set ESCUCHA_HOME to a folder that you own") from None
    free = shutil.disk_usage(home).free // 1_000_000
    if free < NEEDED_MB:
        raise ConfigurationError(
            f"{home}: {free} MB free and at least {NEEDED_MB} MB needed; free some space, or set ESCUCHA_HOME to another disk"
        )


def make_private(home: Path) -> None:
    """Remove access by other users to files of the home.

    An earlier version, or Airflow, may have left them readable.
    """
    for folder in (home / "airflow", home / "airflow" / "logs", home / "run"):
        if folder.is_dir():
            folder.chmod(0o700)
    for file in (home / "airflow").glob("airflow.*"):
        file.chmod(0o600)


def _ports(ports: Mapping[str, int], hosts: Mapping[str, str]) -> None:
    """Refuse to start on ports that are taken.

    All of them are named at once.
    """
    taken: list[str] = []
    wanted = set(ports.values())
    for variable, port in ports.items():
        duplicate = next((other for other, same in ports.items() if same == port and other != variable), None)
        if duplicate is not None:
            raise ConfigurationError(f"{variable} and {duplicate} are both {port}: set them to different ports")
        host = hosts.get(variable, "127.0.0.1")
        reason = _port_error(host, port)
        if reason is not None:
            above = (one for one in range(port + 10, 65536) if one not in wanted and _bind_error(host, one) is None)
            free = next(above, 18800)
            wanted.add(free)
            taken.append(f"port {port} of {host}: {reason}; set {variable} to a free one, such as {free}")
    if taken:
        raise ConfigurationError("\n  ".join(taken))


def _port_error(host: str, port: int) -> str | None:
    """Return why the port is taken, or None.

    A program that was just ended may need a moment to release it.
    """
    until = time.monotonic() + PORT_RELEASE_S
    while (reason := _bind_error(host, port)) is not None and time.monotonic() < until:
        time.sleep(0.05)
    return reason


def _bind_error(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port released a moment ago counts as free
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return None
