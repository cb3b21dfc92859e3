"""Export: posts, labels and cases as JSON lines or as CSV that no spreadsheet mistakes for formulas."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from core.facts import CaseFact, PostFact
from core.spreadsheet import csv_line
from ledger import read
from ledger.open import Ledger

QUESTIONS = ("language", "relevance", "sentiment", "intent", "topic", "actionable")


def lines(ledger: Ledger, what: str, form: str) -> Iterator[str]:
    """The export, line by line, each with its line end."""
    rows = {"posts": _posts, "labels": _labels, "cases": _cases}[what](ledger)
    return _csv(rows) if form == "csv" else (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def audit(ledger: Ledger, form: str, filters: read.AuditFilters) -> Iterator[str]:
    """The audit log, oldest first, line by line, each with its line end."""
    rows = (line.model_dump(mode="json") for line in read.audit_lines(ledger, **filters))
    return _csv(rows) if form == "csv" else (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _posts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for fact in read.post_facts(ledger, order="oldest"):
        yield {
            "post_id": fact.post_id,
            "source": fact.source,
            "created_at": fact.created_at.isoformat(),
            "text": fact.text,
            **_labelled(fact),
        }


def _labels(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for fact in read.post_facts(ledger, order="oldest"):
        yield {"post_id": fact.post_id, **_labelled(fact)}


def _labelled(fact: PostFact) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for question in QUESTIONS:
        row[question] = getattr(fact, question)
        if question != "language":
            row[f"{question}_score"] = getattr(fact, f"{question}_score")
    row["places"] = [place.text for place in fact.places]
    return row | {"model": fact.model, "corrected": list(fact.corrected), "replay": fact.replay}


def _cases(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for case in read.case_facts(ledger):
        yield _case(ledger, case)


def _case(ledger: Ledger, case: CaseFact) -> dict[str, Any]:
    posts = [fact.post_id for fact in read.post_facts(ledger, case_key=case.case_key, order="oldest")]
    steps = [
        {"state": t.state, "at": t.at.isoformat(), "who": t.who, "why": t.why}
        for t in read.transitions(ledger, case.case_key)
    ]
    known = case.model_dump(
        mode="json", include={"case_key", "title", "topic", "department", "district", "priority", "due_at", "replay"}
    )
    return known | {"posts": posts, "reference": case.reference, "state": case.state, "transitions": steps}


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = list(row)
            yield csv_line(header)
        yield csv_line(row[name] for name in header)
