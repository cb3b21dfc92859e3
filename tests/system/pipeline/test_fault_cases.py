"""Run `make fault-cases` with one seed and two kills a series."""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.mastodon import reply as mastodon_reply
from tests.support import fault_answers
from tests.support.kill_series import Killer
from tests.support.killed_steps import ForkServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]
INSTALLED = {"request": "rt-setup-database-5", "snac": "snac", "django": None, "open311": None}
"""Systems and the program each needs on this machine."""
EVERY_ROW = re.compile(r"^\| (?!system|-)(.+?) \| (.+?) \| (\d+) \|", re.MULTILINE)


def test_no_kill_loses_or_doubles_a_ticket_or_an_answer() -> None:
    here = [name for name, program in INSTALLED.items() if program is None or shutil.which(program)]
    env = {"SEEDS": "1", "KILLS": "2"} | dict(os.environ)
    program = Path(__file__).with_name("fault_cases.py")
    done = subprocess.run([sys.executable, str(program), *here], env=env, capture_output=True, text=True, timeout=2900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ": 0 lost, 0 doubled, 0 without approval, 0 unknown left, 0 balances wrong" in done.stdout
    kills = {(system, boundary): int(count) for system, boundary, count in EVERY_ROW.findall(done.stdout)}
    assert len({system for system, _ in kills}) == len(here)
    # a boundary that no run came to would prove nothing; the random time may miss
    assert [key for key, count in kills.items() if count == 0 and key[1] not in ("never", "any time")] == []


@pytest.mark.skipif(shutil.which("snac") is None, reason="snac is not installed: apt-get install snac2")
def test_a_sender_that_does_not_look_first_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_reply, "find_reply", lambda *_: None)
    with ForkServer() as server, fault_answers.snac(tmp_path) as network:
        killer = Killer(server, network.proxy, random.Random(1), network.environment, 1.0)  # noqa: S311
        found = network.series(killer, "request accepted", tmp_path / "home")
    assert found["kills"] == found["doubled"] > 0
