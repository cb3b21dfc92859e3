"""Export: posts, labels, cases and corrections as JSON lines or as CSV that no spreadsheet mistakes for formulas."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from core.read_models import CaseRecord, PostRecord
from core.spreadsheet import csv_line
from ledger import read
from ledger.database import Ledger

QUESTIONS = ("language", "relevance", "sentiment", "intent", "topic", "actionable", "spam")
WHERE = {"text", "kind", "key", "name", "district", "lat", "lon", "sure"}
AT_ONCE = 500


def lines(ledger: Ledger, what: str, form: str) -> Iterator[str]:
    """The export, line by line, each with its line end."""
    rows = {"posts": _posts, "labels": _labels, "cases": _cases, "corrections": _corrections}[what](ledger)
    return _csv(rows) if form == "csv" else (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def audit(ledger: Ledger, form: str, filters: read.AuditFilters) -> Iterator[str]:
    """The audit log, oldest first, line by line, each with its line end."""
    rows = (line.model_dump(mode="json") for line in read.audit_lines(ledger, **filters))
    return _csv(rows) if form == "csv" else (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _posts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for facts in _pieces(read.post_records(ledger, order="oldest")):
        incidents = read.memberships(ledger, [fact.post_id for fact in facts])
        for fact in facts:
            yield {
                "post_id": fact.post_id,
                "source": fact.source,
                "created_at": fact.created_at.isoformat(),
                "text": fact.text,
                **_labelled(fact),
                **_decided(fact, incidents.get(fact.post_id)),
            }


def _pieces(facts: Iterator[PostRecord]) -> Iterator[list[PostRecord]]:
    while piece := list(islice(facts, AT_ONCE)):
        yield piece


def _decided(fact: PostRecord, incident: read.Membership | None) -> dict[str, Any]:
    """What became of a post and why, the incident it belongs to, and where its places were found."""
    suggested = () if incident is None else incident.suggested
    return {
        "decision": fact.decision,
        "reason": fact.reason,
        "kind": fact.case_kind,
        "kind_reason": fact.case_kind_reason,
        "case": fact.case_key,
        "incident": None if incident is None else incident.incident_key,
        "incident_by": None if incident is None else incident.who,
        "incident_probability": None if incident is None else incident.probability,
        "suggestions": [{"incident": key, "probability": probability} for key, probability in suggested],
        "places_found": [place.model_dump(mode="json", include=WHERE) for place in fact.places],
    }


def _corrections(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """What people said: of labels, and of which posts are about the same. Both are training data."""
    for fact in read.post_records(ledger, order="oldest"):
        if fact.corrected:
            for one in read.corrections_of(ledger, fact.post_id):
                yield _said(one.post_id, one.question, one.value, one.who, one.at)
    for ruling in read.incident_rulings(ledger):
        yield _said(ruling.post_id, f"same as {ruling.incident_key}", ruling.same, ruling.who, ruling.at)


def _said(post_id: str, question: str, value: str | bool, who: str, at: datetime) -> dict[str, Any]:
    return {"post_id": post_id, "question": question, "value": value, "who": who, "at": at.isoformat()}


def _labels(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for fact in read.post_records(ledger, order="oldest"):
        yield {"post_id": fact.post_id, **_labelled(fact)}


def _labelled(fact: PostRecord) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for question in QUESTIONS:
        row[question] = getattr(fact, question)
        if question != "language":
            row[f"{question}_score"] = getattr(fact, f"{question}_score")
    row["places"] = [place.text for place in fact.places]
    return row | {"model": fact.model, "corrected": list(fact.corrected), "replay": fact.replay}


def _cases(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for case in read.case_records(ledger):
        yield _case(ledger, case)


def _case(ledger: Ledger, case: CaseRecord) -> dict[str, Any]:
    posts = [fact.post_id for fact in read.post_records(ledger, case_key=case.case_key, order="oldest")]
    steps = [
        {"state": t.state, "at": t.at.isoformat(), "who": t.who, "why": t.why}
        for t in read.transitions(ledger, case.case_key)
    ]
    known = case.model_dump(
        mode="json",
        include={"case_key", "title", "kind", "topic", "department", "district", "priority", "due_at", "replay"},
    )
    return known | {"posts": posts, "reference": case.reference, "state": case.state, "transitions": steps}


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = list(row)
            yield csv_line(header)
        yield csv_line(row[name] for name in header)
