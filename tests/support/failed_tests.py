"""Write the ids of failed tests to the file that ESCUCHA_FAILED_TESTS names, one a line, for `pytest @FILE`.

A plug-in for `.ci/run` (`-p tests.support.failed_tests`), which runs a few failed tests once more.
"""

import os
from pathlib import Path

import pytest

FILE = os.environ.get("ESCUCHA_FAILED_TESTS", "")
"""Read once: a test may run with a cleared environment."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each test that failed, or whose fixtures failed, once."""
    if not report.failed or not FILE or "PYTEST_XDIST_WORKER" in os.environ:  # the controller gets the reports of its workers
        return
    path = Path(FILE)
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if report.nodeid not in known:
        path.write_text("".join(f"{line}\n" for line in (*known, report.nodeid)), encoding="utf-8")
