"""Test that one place hands mails and events over: a sender of its own would have rules of its own."""

import ast
from pathlib import Path

PIPELINE = Path(__file__).resolve().parents[3] / "pipeline"
SENDS = {"core.smtp", "contact_centre.webhooks.sending"}
SENDERS = {
    "outbox/channels.py": "every kind of the outbox",
    "webhooks.py": "a test event of `escucha check`, which has no claim",
    "city/set_up.py": "greets the mail server of the set-up, and sends nothing",
    "health/alerts.py": "alarms, which must leave when the ledger is gone",
}


def imported(tree: ast.AST) -> set[str]:
    return {one.module for one in ast.walk(tree) if isinstance(one, ast.ImportFrom) and one.module}


def ignored(tree: ast.AST) -> list[int]:
    """Return the lines that renew a claim or take a lease and do not look whether it was given."""
    calls = ("leases.hold(", "claims.renew(")
    return [one.lineno for one in ast.walk(tree) if isinstance(one, ast.Expr) and ast.unparse(one).startswith(calls)]


def test_one_place_hands_messages_over() -> None:
    found = [path for path in PIPELINE.rglob("*.py") if SENDS & imported(ast.parse(path.read_text()))]
    assert sorted(path.relative_to(PIPELINE).as_posix() for path in found) == sorted(SENDERS)


def test_a_sender_stops_when_its_claim_is_lost() -> None:
    for name in SENDERS:
        assert ignored(ast.parse((PIPELINE / name).read_text())) == []
    assert ignored(ast.parse((PIPELINE / "outbox" / "sending.py").read_text())) == []
    assert ignored(ast.parse("for one in due:\n    claims.renew(ledger, one)\n    send(one)")) == [2]
