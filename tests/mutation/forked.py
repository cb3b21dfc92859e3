"""Run the tests of one file against its mutants, each in a process forked from one that has imported all the rest already.

No file is changed: the mutated source is handed to the import system of the forked process. A killed run leaves nothing behind.
"""

import ast
import contextlib
import importlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType

import grimp

ROOT = Path(__file__).resolve().parents[2]
THIRD_PARTY = (
    "_pytest.assertion.rewrite",
    "pytest",
    "pytest_socket",
    "pytest_timeout",
    "xdist",
    "hypothesis",
    "numpy",
    "sqlalchemy",
    "alembic.command",
    "pydantic",
    "pydantic_settings",
    "cryptography.fernet",
    "babel.dates",
    "httpx",
    "holidays",
    "croniter",
    "jinja2",
    "psutil",
)
SLOWEST, LEAST = 5, 20.0
"""A mutant may take so many times what the tests take unchanged, and this many seconds at least; then it hangs."""
PASSED, FAILED, HUNG, BROKEN = "survived", "killed", "hung", "broken"


class BaselineError(Exception):
    """The tests do not pass on the unchanged code: nothing can be said of mutants."""


@dataclass(frozen=True)
class Task:
    """One file and the tests that must notice when it changes."""

    file: str
    tests: tuple[str, ...]
    leave_out: tuple[str, ...]

    @property
    def module(self) -> str:
        """Its name for the import system."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Loader(SourceFileLoader):
    source = ""

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec", dont_inherit=True)


@dataclass
class _Finder:
    """Finds the one module that is mutated, with its new source."""

    module: str
    source: str

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:
        if name != self.module:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
            spec.loader.source = self.source
        return spec


def prepare(task: Task) -> None:
    """Import what the tests need, all but the file itself and what knows it."""
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    for name in THIRD_PARTY:
        importlib.import_module(name)
    graph = grimp.build_graph(*root_packages(), include_external_packages=False, cache_dir=None)
    knows = _knowing(graph, task.module)
    wanted = {name for test in task.tests for name in modules_named_by(ROOT / test.split("::")[0])} & graph.modules
    wanted |= {name for one in wanted for name in graph.find_upstream_modules(one)}
    for name in sorted(wanted):
        parents = {".".join(name.split(".")[: n + 1]) for n in range(name.count(".") + 1)}
        if not parents & knows:
            with contextlib.suppress(ImportError):  # what only training needs
                importlib.import_module(name)
    if task.module in sys.modules:
        raise BaselineError(f"{task.module} was imported before it was changed")


def root_packages() -> tuple[str, ...]:
    """Return the root packages that pyproject.toml names for import-linter."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(project["tool"]["importlinter"]["root_packages"])


def _knowing(graph: grimp.ImportGraph, module: str) -> set[str]:
    """The module, all that import it, and all that import a part of a package that does: a package is imported with its parts."""
    knows: set[str] = set()
    found = {module}
    while found - knows:
        for one in found - knows:
            knows |= {one} | graph.find_downstream_modules(one)
        found = knows | {part for one in knows for part in graph.find_descendants(one)}
    return knows


def modules_named_by(path: Path, seen: set[Path] | None = None) -> set[str]:
    """Modules that a test file names, and the helpers beside it."""
    seen = set() if seen is None else seen
    seen.add(path)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    for name in list(found):
        helper = ROOT / f"{name.replace('.', '/')}.py" if name.startswith("tests.") else path
        if helper.exists() and helper not in seen:
            found |= modules_named_by(helper, seen)
    return found


@dataclass
class _Child:
    number: int
    pid: int
    folder: str
    started: float


def results(task: Task, sources: Sequence[str], jobs: int, until: float) -> Iterator[tuple[int, str, float]]:
    """Yield number, outcome and seconds of each mutant as its tests end; none is begun after `until`.

    Raises:
        BaselineError: the tests fail on the unchanged code.
    """
    began = time.monotonic()
    unchanged = _begin(task, -1, (ROOT / task.file).read_text(encoding="utf-8"))
    outcome = _ended(unchanged, 600)
    if outcome != PASSED:
        raise BaselineError(f"{' '.join(task.tests)}: {outcome} on the unchanged code:\n{_said(unchanged)}")
    _clear(unchanged)
    limit = max(LEAST, SLOWEST * jobs * (time.monotonic() - began))
    waiting, running = list(range(len(sources))), list[_Child]()
    while waiting or running:
        while waiting and len(running) < jobs and time.monotonic() < until:
            number = waiting.pop(0)
            running.append(_begin(task, number, sources[number]))
        if not running:
            return
        for child in list(running):
            outcome = _ended(child, limit, wait=False)
            if outcome is not None:
                running.remove(child)
                _clear(child)
                yield child.number, outcome, time.monotonic() - child.started
        select.select([], [], [], 0.02)


def _begin(task: Task, number: int, source: str) -> _Child:
    folder = tempfile.mkdtemp(prefix="escucha-mutant-")
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return _Child(number, pid, folder, time.monotonic())
    code = 99
    try:
        os.setsid()
        with Path(folder, "said").open("wb") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        sys.meta_path.insert(0, _Finder(task.module, source))
        import pytest

        own = ["-x", "-q", "-n0", "--no-header", "--tb=line", f"--basetemp={folder}/pytest", "--hypothesis-seed=0"]
        own += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*own, *(f"--deselect={one}" for one in task.leave_out), *task.tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _ended(child: _Child, limit: float, wait: bool = True) -> str | None:
    """How it ended; None while it goes on."""
    while True:
        pid, status = os.waitpid(child.pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return PASSED if code == 0 else BROKEN if code == 99 else FAILED
        if time.monotonic() - child.started > limit:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            return HUNG
        if not wait:
            return None
        time.sleep(0.02)


def _said(child: _Child) -> str:
    return Path(child.folder, "said").read_text(errors="replace")[-3000:]


def _clear(child: _Child) -> None:
    shutil.rmtree(child.folder, ignore_errors=True)


def main() -> None:
    """Read a task and sources as JSON from standard input; write a line of JSON for each result."""
    wanted = json.load(sys.stdin)
    task = Task(wanted["file"], tuple(wanted["tests"]), tuple(wanted["leave_out"]))
    try:
        prepare(task)
        for number, outcome, seconds in results(task, wanted["sources"], wanted["jobs"], time.monotonic() + wanted["seconds"]):
            sys.stdout.write(json.dumps([number, outcome, round(seconds, 2)]) + "\n")
            sys.stdout.flush()
    except BaselineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
