"""Query what the priority of cases is made of."""

from collections.abc import Sequence

from sqlalchemy import select

from core.records import Record
from core.records.priority import PriorityPoint
from ledger import schema
from ledger.cases.history import changes
from ledger.database import Ledger
from ledger.mapping import CHUNK


class CasePriority(Record):
    """Hold the points of a case's priority, and who set another one."""

    points: tuple[PriorityPoint, ...]
    """By the rules of the profile; empty also for a case closed before there were points."""
    by_person: bool
    """A person set the priority; the points show what the rules give."""

    @property
    def emergency(self) -> bool:
        """Return whether a post reads like an emergency."""
        return any(one.name == "emergency" for one in self.points)


def priorities(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, CasePriority]:
    """Return what the priority of each of these cases is made of."""
    cases = schema.cases.c
    found: dict[str, CasePriority] = {}
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = list(case_keys[start : start + CHUNK])
            by_person = changes.priorities_set_by_people(connection, some)
            statement = select(cases.case_key, cases.priority_points).where(cases.case_key.in_(some))
            for row in connection.execute(statement):
                points = tuple(PriorityPoint.model_validate(one) for one in row.priority_points)
                found[row.case_key] = CasePriority(points=points, by_person=row.case_key in by_person)
    return found


def cases_to_prioritise(ledger: Ledger, limit: int) -> list[str]:
    """Return the cases whose priority must be computed.

    In order of their keys.
    """
    cases = schema.cases.c
    with ledger.read() as connection:
        due = select(cases.case_key).where(cases.priority_due).order_by(cases.case_key)
        return list(connection.execute(due.limit(limit)).scalars())
