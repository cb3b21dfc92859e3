"""Measure how the city works on its cases, and say which count.

received  opened in the interval, cases that became part of another one too
answered  got their first answer in the interval
closed    resolved or rejected in the interval: after an answer of these days, after an earlier one, or without any
open      neither closed nor part of another one at the end of the interval

Cases of an archive that is replayed count nowhere, as they get no answer. Those of the example month count as a city's do.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.records.read_models import CaseRecord
from dashboards.expected import percentile
from reports.build.period import Interval
from reports.build.selection import MERGED, is_archived
from reports.build.statistics import Answering


def by_department(cases: Iterable[CaseRecord], interval: Interval) -> tuple[Answering, tuple[Answering, ...]]:
    """Return the figures of all departments together, then of each.

    Departments without any figure are left out; the one with the most cases comes first.
    """
    known = list(cases)
    names = {case.department for case in known}
    each = [_answering(name, [case for case in known if case.department == name], interval) for name in names]
    with_data = [one for one in each if one.received or one.answered or one.due or one.overdue]
    with_data.sort(key=lambda one: (-one.received, -one.overdue, str(one.department)))
    return _answering(None, known, interval), tuple(with_data)


def _answering(department: str | None, cases: Sequence[CaseRecord], interval: Interval) -> Answering:
    received = [case for case in cases if _within(case.opened_at, interval)]
    live = [case for case in cases if not is_archived(case) and case.state != MERGED]
    closed = [case for case in live if _within(case.closed_at, interval)]
    hours = sorted(case.answer_hours for case in live if case.answer_hours is not None and _within(case.answered_at, interval))
    outcomes = [outcome for case in live if (outcome := timeliness(case)) and _within(outcome[0], interval)]
    return Answering(
        department=department,
        received=sum(not is_archived(case) for case in received),
        replayed=sum(is_archived(case) for case in received),
        answered=len(hours),
        closed=len(closed),
        closed_unanswered=sum(case.answered_at is None for case in closed),
        closed_later=sum(case.answered_at is not None and case.answered_at < interval.start for case in closed),
        open=sum(case.opened_at < interval.end and (case.closed_at is None or case.closed_at >= interval.end) for case in live),
        median_hours=round(percentile(hours, 50), 1) if hours else None,
        p90_hours=round(percentile(hours, 90), 1) if hours else None,
        due=len(outcomes),
        in_time=sum(is_in_time for _, is_in_time in outcomes),
        overdue=sum(case.was_overdue(interval.end) for case in live),
    )


def timeliness(case: CaseRecord) -> tuple[datetime, bool]:
    """Return when a case counts as in time or late, and which.

    With an answer by the due date: at the answer. Otherwise: at the due date. So each case counts once, in one interval, and an
    unanswered case counts as late instead of being left out.
    """
    if case.answered_at is not None and case.answered_at <= case.due_at:
        return case.answered_at, True
    return case.due_at, False


def _within(at: datetime | None, interval: Interval) -> bool:
    return at is not None and interval.start <= at < interval.end
