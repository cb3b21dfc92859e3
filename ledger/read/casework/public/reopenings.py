"""Count and list the reopenings of cases, from their stored steps."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, Subquery, func, select

from core.records.case import OPEN, WAITING
from core.records.post import EXAMPLE
from ledger import schema
from ledger.cases.history.entries import ESCUCHA, UNDONE
from ledger.database import Ledger
from ledger.read.casework.case_records import CLOSED

_steps = schema.transitions.alias("reopening")
_before = schema.transitions.alias("before")


def _is_reopening() -> ColumnElement[bool]:
    """Match a step to an open state right after a closed one."""
    previous = (
        select(_before.c.state)
        .where(_before.c.case_key == _steps.c.case_key, _before.c.id < _steps.c.id)
        .order_by(_before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return _steps.c.state.in_(sorted(OPEN)) & previous.in_(CLOSED)


def _counts(among: Sequence[str] | Select[tuple[str]]) -> Subquery:
    """Count the reopenings of those of these cases that have any.

    A closing that a person took back is none.
    """
    steps = schema.transitions.c
    before = func.lag(steps.state).over(partition_by=steps.case_key, order_by=steps.id).label("before")
    each = select(steps.case_key, steps.state, steps.why, before).where(steps.case_key.in_(among)).subquery()
    again = each.c.state.in_(sorted(OPEN)) & each.c.before.in_(CLOSED) & ~each.c.why.startswith(UNDONE)
    counted = select(each.c.case_key, func.count().label("times")).where(again)
    return counted.group_by(each.c.case_key).subquery()


def opened_again(at_least: int) -> Select[tuple[str]]:
    """Select the cases opened again this many times or more."""
    steps = schema.transitions.c
    closed = select(steps.case_key).where(steps.state.in_(CLOSED)).group_by(steps.case_key)
    counts = _counts(closed.having(func.count() >= at_least))  # who was closed less often was not opened so often
    return select(counts.c.case_key).where(counts.c.times >= at_least)


def reopening_counts(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, int]:
    """Return how often each of these cases was opened again; absent: never."""
    counts = _counts(list(case_keys))
    with ledger.read() as connection:
        rows = connection.execute(select(counts))
        return {row.case_key: row.times for row in rows}


def reopened_by_department(ledger: Ledger, at_least: int) -> list[tuple[str, int]]:
    """Count the cases opened again this many times or more, by department.

    Most first. Merged cases, and those replayed from an archive, are left out.
    """
    cases = schema.cases.c
    number = func.count(cases.case_key).label("number")
    wanted = cases.case_key.in_(opened_again(at_least)), cases.state != "merged", ~cases.replay
    statement = select(cases.department, number).where(*wanted).group_by(cases.department)
    with ledger.read() as connection:
        return [tuple(row) for row in connection.execute(statement.order_by(number.desc(), cases.department))]


def reopened_by_posts(ledger: Ledger) -> list[tuple[str, int]]:
    """List the waiting cases that a new post reopened.

    Each with the id of its last such step. Cases replayed from an archive or made of examples are left out.
    """
    cases = schema.cases.c
    of_case = _steps.join(schema.cases, cases.case_key == _steps.c.case_key)
    is_live = ~cases.replay & ~cases.source.startswith(EXAMPLE, autoescape=True)
    wanted = (_steps.c.who == ESCUCHA) & cases.state.in_(sorted(WAITING)) & is_live & _is_reopening()
    statement = select(_steps.c.case_key, func.max(_steps.c.id).label("step")).select_from(of_case).where(wanted)
    with ledger.read() as connection:
        rows = connection.execute(statement.group_by(_steps.c.case_key).order_by(_steps.c.case_key))
        return [(row.case_key, row.step) for row in rows]
