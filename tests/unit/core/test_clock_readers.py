"""Who reads the machine's clock: steps take the time from `pipeline.context.now`, so that a test or a wrong clock has one place."""

import ast
from collections.abc import Iterator

from core.config.plugins import ROOT

ROOMS = (
    "core",
    "gazetteer",
    "collectors",
    "nlp",
    "triage",
    "contact_centre",
    "ledger",
    "search",
    "dashboards",
    "reports",
)
ABOVE = ("pipeline", "desk", "portal", "escucha", "dags", "tools")
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"}


def readers(tree: ast.AST, function: str = "") -> Iterator[str]:
    """Yield the innermost function around each reading of the clock."""
    for node in ast.iter_child_nodes(tree):
        name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS:
            yield name
        yield from readers(node, name)


def test_only_what_has_no_step_around_it_reads_the_machines_clock() -> None:
    found: dict[str, set[str]] = {}
    for room in (*ROOMS, *ABOVE):
        for path in (ROOT / room).rglob("*.py"):
            if "bench" not in path.parts:
                found.setdefault(room, set()).update(readers(ast.parse(path.read_text(encoding="utf-8"))))
    assert {room: names for room, names in found.items() if names} == {
        "pipeline": {"now"},
        "collectors": {"check", "_corrected", "compose", "reply"},
        "contact_centre": {"state", "_update"},  # _update: the time of sending an update that has no posts
    }


def test_no_test_measures_time_but_those_that_make_perf_runs() -> None:
    """A busy machine must not fail a test: the others count work, and wait for what ends by itself."""
    tests = (ROOT / "tests").rglob("test_*.py")
    measuring = [path for path in tests if {"perf_counter", "process_time"} & set(names(path.read_text("utf-8")))]
    assert {path.parent.name for path in measuring} == {"perf"}


def names(code: str) -> Iterator[str]:
    """Yield what the code calls of a module or object."""
    yield from (node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute))
