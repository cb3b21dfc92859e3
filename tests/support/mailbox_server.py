"""Start a real mailbox server (Dovecot) on loopback, once a run."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.contact_centre_facts import ROOT


@pytest.fixture(scope="session")
def imap_port() -> Iterator[int]:
    """Give the port of a Dovecot that accepts every user."""
    with tempfile.TemporaryDirectory() as parent:  # pytest's own folders are closed to the server's user
        Path(parent).chmod(0o711)
        scratch = Path(parent) / "dovecot"
        command: list[str | Path] = [ROOT / ".ci" / "dovecot", "start", scratch]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode == 3:
            pytest.skip(answer.stderr.strip())
        assert answer.returncode == 0, answer.stderr
        yield int(answer.stdout.split()[0])
        subprocess.run([ROOT / ".ci" / "dovecot", "stop", scratch], check=True)
