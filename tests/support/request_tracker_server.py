"""Provide a real Request Tracker 5 on loopback.

Ours (`.ci/request-tracker`), or the one that ESCUCHA_TEST_RT names.
"""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.contact_centre_facts import REQUEST_TRACKER


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """Provide the folder of our own server; None for another's."""
    if os.environ.get("ESCUCHA_TEST_RT"):
        yield None
        return
    if shutil.which("rt-setup-database-5") is None:
        pytest.skip("needs Request Tracker 5: run `.ci/request-tracker install` as root, or set ESCUCHA_TEST_RT")
    folder = tmp_path_factory.mktemp("rt")
    with request_tracker_server(folder) as url:
        (folder / "url").write_text(url)
        yield folder


@contextmanager
def request_tracker_server(folder: Path) -> Iterator[str]:
    """Run a server with its data in this folder; give its address."""
    started = subprocess.run([REQUEST_TRACKER, "start", str(folder)], check=True, capture_output=True, text=True)
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run([REQUEST_TRACKER, "stop", str(folder)], check=True)


@pytest.fixture(scope="session")
def rt_url(folder: Path | None) -> str:
    """Return the server's address; `url` is the ledger's in other plugins."""
    return os.environ["ESCUCHA_TEST_RT"].rstrip("/") if folder is None else (folder / "url").read_text()


@pytest.fixture
def _robot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESCUCHA_RT_TOKEN", raising=False)
    monkeypatch.setenv("ESCUCHA_RT_USER", "escucha")
    monkeypatch.setenv("ESCUCHA_RT_PASSWORD", "escucha-pw-1")


@pytest.fixture
def rt_case_key() -> str:
    """Provide the key of a case that the server has not seen; `key` is a case of the ledger elsewhere."""
    return f"case:{uuid.uuid4().hex[:12]}"


@pytest.fixture
def staff(rt_url: str) -> Iterator[httpx.Client]:
    """Provide a client with a staff member's login."""
    with httpx.Client(base_url=f"{rt_url}/REST/2.0/", auth=("root", "rootpw-local"), timeout=120) as client:
        yield client
