"""Note which tests failed and which passed, and leave out those that passed before: a plug-in for `.ci/run`.

`-p tests.support.outcomes`, with files of ids, one a line: ESCUCHA_FAILED_TESTS and ESCUCHA_PASSED_TESTS are written, for `pytest @FILE`;
what ESCUCHA_PASSED_BEFORE lists is not run. A test that runs on several servers has the server in its id.
"""

import os
from pathlib import Path

import pytest

FAILED, PASSED, BEFORE = (os.environ.get(f"ESCUCHA_{name}", "") for name in ("FAILED_TESTS", "PASSED_TESTS", "PASSED_BEFORE"))
"""Read once: a test may run with a cleared environment."""
_called: set[str] = set()
_failed: set[str] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that passed in an earlier run."""
    if not BEFORE:
        return
    passed = set(Path(BEFORE).read_text(encoding="utf-8").splitlines())
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in passed])
    items[:] = [item for item in items if item.nodeid not in passed]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note each test that failed, or whose fixtures failed, once; and each that passed with its fixtures."""
    if "PYTEST_XDIST_WORKER" in os.environ:  # the controller gets the reports of its workers
        return
    if report.failed and report.nodeid not in _failed:
        _failed.add(report.nodeid)
        _note(FAILED, report.nodeid)
    elif report.when == "call" and report.passed:
        _called.add(report.nodeid)
    elif report.when == "teardown" and report.nodeid in _called - _failed:
        _note(PASSED, report.nodeid)


def _note(file: str, nodeid: str) -> None:
    if file:
        with Path(file).open("a", encoding="utf-8") as written:
            written.write(f"{nodeid}\n")
