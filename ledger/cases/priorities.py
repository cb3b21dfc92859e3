"""Store the computed priority of cases; one that a person set stays."""

from collections.abc import Collection
from datetime import datetime

from core.records.case import Case
from ledger import schema
from ledger.cases.history import changes, entries as history
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.leases import must_hold
from ledger.processing.decisions import TRIAGE


def store_priority(ledger: Ledger, new: Case, holder: str, why: str, now: datetime) -> None:
    """Store a newly computed priority; the history shows a changed one.

    Hold the lease `triage` as `holder`.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, holder)
        case = history.locked_case(connection, new.key)
        points = [one.model_dump() for one in new.priority_points]
        values: dict[str, object] = {"priority_points": points, "priority_due": False}
        if new.priority != case.priority and not changes.priorities_set_by_people(connection, [new.key]):
            values["priority"] = new.priority
            before, after = {"priority": case.priority}, {"priority": new.priority}
            changes.record(connection, new.key, "revote", ESCUCHA, why, now, before, after)
        history.touch(connection, new.key, **values)


def skip(ledger: Ledger, case_keys: Collection[str]) -> None:
    """Mark cases without readable posts: nothing to compute a priority from."""
    cases = schema.cases
    with writing(ledger) as connection:
        connection.execute(cases.update().where(cases.c.case_key.in_(sorted(case_keys))).values(priority_due=False))
