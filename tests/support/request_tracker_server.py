"""A real Request Tracker 5 on loopback for the tests that need one: ours (`.ci/request-tracker`), or the one ESCUCHA_TEST_RT names."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.contact_centre_facts import REQUEST_TRACKER


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """Where our own server keeps its files; None when it is somebody else's."""
    if os.environ.get("ESCUCHA_TEST_RT"):
        yield None
        return
    if shutil.which("rt-setup-database-5") is None:
        pytest.skip("needs Request Tracker 5: run `.ci/request-tracker install` as root, or set ESCUCHA_TEST_RT")
    folder = tmp_path_factory.mktemp("rt")
    started = subprocess.run([REQUEST_TRACKER, "start", str(folder)], check=True, capture_output=True, text=True)
    (folder / "url").write_text(started.stdout.strip())
    yield folder
    subprocess.run([REQUEST_TRACKER, "stop", str(folder)], check=True)


@pytest.fixture(scope="session")
def url(folder: Path | None) -> str:
    return os.environ["ESCUCHA_TEST_RT"].rstrip("/") if folder is None else (folder / "url").read_text()


@pytest.fixture
def _robot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESCUCHA_RT_TOKEN", raising=False)
    monkeypatch.setenv("ESCUCHA_RT_USER", "escucha")
    monkeypatch.setenv("ESCUCHA_RT_PASSWORD", "escucha-pw-1")


@pytest.fixture
def key() -> str:
    return f"case:{uuid.uuid4().hex[:12]}"


@pytest.fixture
def staff(url: str) -> Iterator[httpx.Client]:
    """Somebody who works in Request Tracker."""
    with httpx.Client(base_url=f"{url}/REST/2.0/", auth=("root", "rootpw-local"), timeout=30) as client:
        yield client
