"""Export the records of the ledger as JSON lines or CSV.

Cells that a spreadsheet would run as formulas are escaped.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from core.quotes import is_letter, quote, quote_title
from core.records.decision import CHOSEN_SERVICE
from core.records.post import StoredReach
from core.records.read_models import CaseRecord, PostRecord
from core.spreadsheet import csv_line
from ledger import read
from ledger.database import Ledger
from ledger.system import audit as audit_log
from pipeline.context import Context, now
from pipeline.proof import labels as gold_labels

QUESTIONS = ("language", "relevance", "sentiment", "intent", "topic", "actionable", "spam")
WHERE = {"text", "kind", "key", "name", "district", "lat", "lon", "sure"}
BATCH_SIZE = 500
_OF_A_TEXT = ("harm", "risk")
"""Points of a priority whose evidence is words of a post."""
_RISK_WORDS = re.compile(r"^(risk: [^(]+?) \(.*?\)")
RecordT = TypeVar("RecordT", PostRecord, CaseRecord)


def lines(ledger: Ledger, what: str, form: str) -> Iterator[str]:
    """Yield the export line by line, each with its line end."""
    rows = {"posts": _posts, "labels": _labels, "cases": _cases, "corrections": _corrections, "gold": _gold}[what](ledger)
    return _csv(rows) if form == "csv" else json_lines(rows)


def audit(ledger: Ledger, form: str, filters: read.AuditFilters) -> Iterator[str]:
    """Yield the audit log, oldest first, each line with its line end."""
    rows = (line.model_dump(mode="json") for line in read.audit_lines(ledger, **filters))
    return _csv(rows) if form == "csv" else json_lines(rows)


def post_rows(ledger: Ledger, posts: Iterator[PostRecord]) -> Iterator[dict[str, Any]]:
    """Yield the exported row of each post, without authors.

    The text of a letter, and one that is withheld, is None (`core.quotes`), and no piece of it is given:
    of a place its name, of a risk its kind.
    """
    for records in _chunks(posts):
        incidents = read.memberships(ledger, [record.post_id for record in records])
        for record in records:
            yield {
                "post_id": record.post_id,
                "source": record.source,
                "created_at": record.created_at.isoformat(),
                "text": quote(record),
                **_labelled(record),
                **_decided(record, incidents.get(record.post_id)),
                **{name: getattr(record, name) for name in StoredReach.model_fields},
            }


def case_rows(ledger: Ledger, cases: Iterator[CaseRecord]) -> Iterator[dict[str, Any]]:
    """Yield the exported row of each case.

    The title of one with a letter is None.
    """
    for records in _chunks(cases):
        priorities = read.priorities(ledger, [one.case_key for one in records])
        for case in records:
            yield _case(ledger, case, priorities[case.case_key])


def json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield rows as lines of JSON."""
    return (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def audit_export(context: Context, who: str, what: str, how: str) -> None:
    """Record an export in the audit log; `how`: form and filters."""
    audit_log.log(context.ledger, who, "export", what, how, now())


def _posts(ledger: Ledger) -> Iterator[dict[str, Any]]:
    yield from post_rows(ledger, read.post_records(ledger, order="oldest"))


def _chunks(records: Iterator[RecordT]) -> Iterator[list[RecordT]]:
    while chunk := list(islice(records, BATCH_SIZE)):
        yield chunk


def _decided(record: PostRecord, incident: read.Membership | None) -> dict[str, Any]:
    """Return a post's decision, reason, incident, and the places found."""
    suggested, leaves = () if incident is None else incident.suggested, quote(record) is not None
    return {
        "decision": record.decision,
        "reason": record.reason if leaves or record.reason is None else _without_words(record.reason),
        "kind": record.case_kind,
        "kind_reason": record.case_kind_reason,
        "case": record.case_key,
        "incident": None if incident is None else incident.incident_key,
        "incident_by": None if incident is None else incident.who,
        "incident_probability": None if incident is None else incident.probability,
        "suggestions": [{"incident": key, "probability": probability} for key, probability in suggested],
        "places_found": [
            place.model_dump(mode="json", include=WHERE) | ({} if leaves else {"text": place.name}) for place in record.places
        ],
    }


def _without_words(reason: str) -> str:
    """Return the reason of a decision without words of the post.

    >>> _without_words("risk: gas (huele a gas)")
    'risk: gas'
    """
    return _RISK_WORDS.sub(r"\1", reason)


def _corrections(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Yield corrected labels and incident rulings; both are training data.

    A service that a citizen chose is left out: staff have not checked it.
    """
    at_border = read.posts_at_border(ledger, "actionable")
    for record in read.post_records(ledger, order="oldest"):
        if record.corrected or record.post_id in at_border:
            for one in read.corrections_of(ledger, record.post_id):
                if one.why != CHOSEN_SERVICE:
                    yield _correction(one.post_id, one.question, one.value, one.who, one.at)
    for ruling in read.incident_rulings(ledger):
        yield _correction(ruling.post_id, f"same as {ruling.incident_key}", ruling.same, ruling.who, ruling.at)


def _correction(post_id: str, question: str, value: str | bool, who: str, at: datetime) -> dict[str, Any]:
    return {"post_id": post_id, "question": question, "value": value, "who": who, "at": at.isoformat()}


def _labels(ledger: Ledger) -> Iterator[dict[str, Any]]:
    for record in read.post_records(ledger, order="oldest"):
        yield {"post_id": record.post_id, **_labelled(record)}


def _labelled(record: PostRecord) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for question in QUESTIONS:
        row[question] = getattr(record, question)
        if question == "spam" and record.spam_kind == "copy":
            row[question] = False  # the label; that it is a copy is in the reason
        if question != "language":
            row[f"{question}_score"] = getattr(record, f"{question}_score")
    row["sensitive"] = record.sensitive
    leaves = quote(record) is not None
    row["places"] = [said for place in record.places if (said := place.text if leaves else place.name)]
    return row | {"model": record.model, "corrected": list(record.corrected), "replay": record.replay}


def _cases(ledger: Ledger) -> Iterator[dict[str, Any]]:
    yield from case_rows(ledger, read.case_records(ledger))


def _case(ledger: Ledger, case: CaseRecord, made_of: read.CasePriority) -> dict[str, Any]:
    posts = [record.post_id for record in read.post_records(ledger, case_key=case.case_key, order="oldest")]
    letter = is_letter(case)
    steps = [
        {"state": t.state, "at": t.at.isoformat(), "who": t.who, "why": _without_words(t.why) if letter else t.why}
        for t in read.transitions(ledger, case.case_key)
    ]
    points = [one.model_copy(update={"evidence": ""}) if letter and one.name in _OF_A_TEXT else one for one in made_of.points]
    fields = case.model_dump(
        mode="json", include={"case_key", "title", "kind", "topic", "department", "district", "priority", "due_at", "replay"}
    )
    fields |= {"title": quote_title(case), "topic_guess": case.topic_guess}
    fields |= {"posts": posts, "reference": case.reference, "state": case.state, "transitions": steps}
    fields |= {"priority_points": [one.model_dump() for one in points], "priority_by_person": made_of.by_person}
    return fields | {"waits": case.waits, "overdue": case.is_overdue(now())}


def _csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = list(row)
            yield csv_line(header)
        yield csv_line(row[name] for name in header)


def _gold(ledger: Ledger) -> Iterator[dict[str, Any]]:
    yield from gold_labels.leaving(ledger)
