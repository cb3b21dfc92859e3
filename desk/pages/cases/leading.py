"""Say what decides about a case, and which action comes next."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from babel.dates import format_timedelta

from core.records.answer import Answer
from core.records.case import CASEBOOK
from core.records.read_models import CaseRecord
from ledger import read

Primary = Literal["", "service", "reopen", "give", "approve", "take", "answer", "resolve"]


def primary(
    case: CaseRecord,
    assignee: str | None,
    answers: Sequence[Answer],
    sends: Collection[str],
    *,
    approves: bool,
    asked: bool,
    in_queue: bool,
) -> Primary:
    """Return the one action that a case asks for next; empty: none.

    Args:
        case: the case.
        assignee: who took it.
        answers: those given so far.
        sends: the channels on which approved answers leave by themselves.
        approves: the reader may approve answers.
        asked: staff are asked for its service.
        in_queue: the reader works one case after another, and takes none first.
    """
    if case.state == "merged":
        return ""
    if asked:
        return "service"
    if not case.is_open:
        return "reopen" if case.system == CASEBOOK else ""
    if any(one.state in ("approved", "refused") and one.channel not in sends for one in answers):
        return "give"
    if approves and any(one.state == "draft" for one in answers):
        return "approve"
    if not case.waits:
        return "resolve" if case.system == CASEBOOK else ""
    return "take" if assignee is None and not in_queue else "answer"


def here_before(ledger: read.Ledger, case: CaseRecord) -> tuple[int, CaseRecord | None]:
    """Count the cases that name this place, this one too.

    Returns the newest of the others with the number; 0: it has no place.
    """
    if not case.place:
        return 0, None
    here = read.CaseFilters(text=case.place, merged=False)
    others = (one for one in read.case_records(ledger, order="newest", limit=2, **here) if one.case_key != case.case_key)
    return read.count_cases(ledger, **here), next(others, None)


def ago(moment: datetime, now: datetime, language: str) -> str:
    """Write how far a moment is from now.

    >>> ago(datetime(2026, 3, 2), datetime(2026, 3, 5), "en"), ago(datetime(2026, 3, 6), datetime(2026, 3, 5), "es")
    ('3 days ago', 'dentro de 1 día')
    """
    return str(format_timedelta(moment - now, add_direction=True, locale=language))


def leading(
    ledger: read.Ledger, case: CaseRecord, assignee: str | None, found: dict[str, Any], asked: bool, *, in_queue: bool
) -> dict[str, object]:
    """Collect what the head of the page of a case shows.

    `found`: the composer's values.
    """
    return {
        "before": here_before(ledger, case),
        "primary": primary(case, assignee, found["answers"], found["sends"], approves=found["approves"], asked=asked, in_queue=in_queue),
    }
