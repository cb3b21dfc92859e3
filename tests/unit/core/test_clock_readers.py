"""Who reads the machine's clock: steps take the time from `pipeline.context.now`, so that a test or a wrong clock has one place."""

import ast
from collections.abc import Iterator

from core.config.plugins import ROOT

ROOMS = ("core", "gazetteer", "collectors", "nlp", "triage", "contact_centre", "ledger", "search", "dashboards", "reports")
ABOVE = ("pipeline", "desk", "portal", "escucha", "dags", "workshop")
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


def test_no_test_waits_with_a_limit_too_short_for_a_busy_machine() -> None:
    """httpx gives up after 5 s unless told otherwise; `wait_for_function` is refused by the desk's policy once a page is slow."""
    hasty: list[str] = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and is_hasty(ast.unparse(node.func), {one.arg for one in node.keywords}):
                hasty.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert hasty == []


def is_hasty(function: str, named: set[str | None]) -> bool:
    """Tell whether a call keeps a limit that a busy machine exceeds."""
    asks = function in {f"httpx.{name}" for name in ("get", "head", "post", "put", "request", "stream", "Client")}
    return (asks and "timeout" not in named) or function.endswith(".wait_for_function")


def names(code: str) -> Iterator[str]:
    """Yield what the code calls of a module or object."""
    yield from (node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute))
