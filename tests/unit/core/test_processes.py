"""Test that a process is found again only by id and start time together."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from core.runtime.processes import START_TOLERANCE_S, find_process, has_ended, start_time


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def test_a_recorded_process_is_found(child: "subprocess.Popen[bytes]") -> None:
    found = find_process(child.pid, start_time(child.pid))
    assert found is not None
    assert found.pid == child.pid
    assert not has_ended(found)


def test_a_start_time_may_shift_within_the_tolerance_only(child: "subprocess.Popen[bytes]") -> None:
    started = start_time(child.pid)
    assert find_process(child.pid, started + START_TOLERANCE_S / 2) is not None
    assert find_process(child.pid, int(started)) is not None, "a lease holder records whole seconds"
    assert find_process(child.pid, started - START_TOLERANCE_S - 0.1) is None
    assert find_process(child.pid, started + START_TOLERANCE_S + 0.1) is None


def test_a_killed_process_is_a_zombie_until_its_parent_waits(child: "subprocess.Popen[bytes]") -> None:
    started = start_time(child.pid)
    child.kill()
    found = find_process(child.pid, started)
    assert found is not None
    until = time.monotonic() + 120
    while not has_ended(found) and time.monotonic() < until:
        time.sleep(0.01)
    assert has_ended(found)
    assert find_process(child.pid, started) is not None, "its session may still have members"
    child.wait()
    assert has_ended(found)
    assert find_process(child.pid, started) is None
    with pytest.raises(psutil.NoSuchProcess):
        start_time(child.pid)


@pytest.mark.parametrize("pid", [0, -1])
def test_a_record_without_a_process_finds_none(pid: int) -> None:
    assert find_process(pid, 0.0) is None
    assert find_process(os.getpid(), 0.0) is None
