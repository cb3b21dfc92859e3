"""Test that what sends looks whether it still holds its lease: a suspended process would send what another has sent."""

import ast
from pathlib import Path

import pytest

PIPELINE = Path(__file__).resolve().parents[3] / "pipeline"
SENDS = {"core.smtp", "contact_centre.webhooks.sending"}


def imported(tree: ast.AST) -> set[str]:
    return {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module}


def ignored(tree: ast.AST) -> list[int]:
    """Return the lines that take or renew a lease and do not look whether it was given."""
    return [
        one.lineno
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and ast.unparse(one).startswith("leases.hold(")
    ]


SENDERS = [path for path in sorted(PIPELINE.rglob("*.py")) if SENDS & imported(ast.parse(path.read_text()))]


@pytest.mark.parametrize("path", SENDERS, ids=lambda path: path.stem)
def test_a_sender_stops_when_its_lease_is_lost(path: Path) -> None:
    assert ignored(ast.parse(path.read_text())) == []


def test_the_senders_are_found_and_a_fault_would_be() -> None:
    assert {"escalate", "report", "notify", "sending", "webhooks"} <= {path.stem for path in SENDERS}
    assert ignored(ast.parse("for one in due:\n    leases.hold(ledger, name)\n    send(one)")) == [2]
