"""Who reads the machine's clock: steps take the time from `escucha.house.now`, so that a test or a wrong clock has one place."""

import ast
from collections.abc import Iterator

from core.parts import ROOT

ROOMS = ("core", "collectors", "nlp", "triage", "contact_centre", "ledger", "search", "dashboards", "reports")
ABOVE = ("desk", "escucha", "dags", "tools")
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
            if "bench" not in path.name:
                found.setdefault(room, set()).update(readers(ast.parse(path.read_text(encoding="utf-8"))))
    assert {room: names for room, names in found.items() if names} == {
        "escucha": {"now"},
        "collectors": {"check", "_believed"},
        "contact_centre": {"state"},
    }
