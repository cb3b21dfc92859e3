"""How the city answers: how many cases came in, how many were answered, how fast, and how many in time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.read_models import CaseRecord
from dashboards.expected import percentile
from reports.build.period import Interval
from reports.build.statistics import Answering

MERGED = "merged"
"""Such a case is answered as part of another one."""


def answering(cases: Iterable[CaseRecord], interval: Interval) -> tuple[Answering, tuple[Answering, ...]]:
    """All departments together, then each that has anything to tell; the one with the most cases first."""
    known = list(cases)
    names = {case.department for case in known}
    each = [_answering(name, [case for case in known if case.department == name], interval) for name in names]
    told = [one for one in each if one.received or one.answered or one.due or one.overdue]
    told.sort(key=lambda one: (-one.received, -one.overdue, str(one.department)))
    return _answering(None, known, interval), tuple(told)


def _answering(department: str | None, cases: Sequence[CaseRecord], interval: Interval) -> Answering:
    received = [case for case in cases if _within(case.opened_at, interval)]
    live = [case for case in cases if not case.replay and case.state != MERGED]
    hours = sorted(
        case.answer_hours for case in live if case.answer_hours is not None and _within(case.answered_at, interval)
    )
    verdicts = [verdict for case in live if (verdict := verdict_on(case)) and _within(verdict[0], interval)]
    return Answering(
        department=department,
        received=len(received),
        replayed=sum(case.replay for case in received),
        answered=len(hours),
        median_hours=round(percentile(hours, 50), 1) if hours else None,
        p90_hours=round(percentile(hours, 90), 1) if hours else None,
        due=len(verdicts),
        in_time=sum(is_in_time for _, is_in_time in verdicts),
        overdue=sum(_overdue_at(case, interval.end) for case in live),
    )


def verdict_on(case: CaseRecord) -> tuple[datetime, bool]:
    """When it turns out whether a case is answered in time, and whether it was.

    With an answer by the due date: at the answer. Else: at the due date. So each case counts once, in one interval, and a case that
    nobody answers counts as late instead of being left out.
    """
    if case.answered_at is not None and case.answered_at <= case.due_at:
        return case.answered_at, True
    return case.due_at, False


def open_at(case: CaseRecord, moment: datetime) -> bool:
    """Whether the city still had something to do at this moment."""
    return case.state != MERGED and case.opened_at < moment and (case.closed_at is None or case.closed_at >= moment)


def _overdue_at(case: CaseRecord, moment: datetime) -> bool:
    return case.due_at < moment and (case.answered_at is None or case.answered_at >= moment)


def _within(at: datetime | None, interval: Interval) -> bool:
    return at is not None and interval.start <= at < interval.end
