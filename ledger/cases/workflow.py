"""Change the state of a case for staff, as the workflow allows.

Every change records who, when and why.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from core.errors import ChangeRefusedError
from core.records.case import CASEBOOK, State
from ledger import schema
from ledger.cases.history import changes, entries as history, revisions
from ledger.database import Ledger
from ledger.database.writing import writing


def change(
    ledger: Ledger, case_key: str, state: State, who: str, why: str, now: datetime, department: str | None = None, seen: int | None = None
) -> bool:
    """Move a case to another state, and to a department if named.

    `seen` is the revision of the case that the person looked at. Returns False if this very step is stored already (a form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, an outside system works it, or this state cannot follow.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if revisions.is_repeated_step(connection, case, seen, state, who, why, department):
            return False
        revisions.must_be_current(case, seen)
        _must_be_ours(case)
        is_moved = department not in (None, case.department)
        if is_moved:  # before the step, whose event names the department
            history.touch(connection, case_key, department=department)
        history.step(connection, case, state, now, who, why)
        if is_moved:
            was, becomes = {"department": case.department}, {"department": department}
            if state not in (case.state, "answered"):
                was, becomes = was | {"state": case.state}, becomes | {"state": state}
            changes.record(connection, case_key, "department", who, why, now, was, becomes)
        elif state != case.state:
            changes.record(connection, case_key, "state", who, why, now, {"state": case.state}, {"state": state})
        history.audit(connection, who, state, case_key, why, now)
    return True


def _must_be_ours(case: Row[Any]) -> None:
    if case.system != CASEBOOK:
        raise ChangeRefusedError(
            "case {case} is worked in {system} ({reference}): change it there; its state is copied back automatically",
            case=case.case_key,
            system=case.system,
            reference=case.reference or "–",
        )


def note(ledger: Ledger, case_key: str, who: str, text: str, now: datetime, seen: int | None = None, leads_to: State | None = None) -> bool:
    """Add an internal note to a case.

    `leads_to`: the state that follows later from what the note says; it must be one that staff can give the case. `seen` is the revision of
    the case that the person looked at. Returns False if this very note is stored already (a form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, its last post was forgotten (it takes no more notes), or it cannot get that state.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if revisions.is_repeated_note(connection, case, seen, who, text):
            return False
        revisions.must_be_current(case, seen)
        if case.forgotten == case.posts:
            raise ChangeRefusedError("case {case} is kept as numbers only: its posts are older than the retention", case=case_key)
        if leads_to is not None:
            _must_be_ours(case)
            history.must_follow(case, leads_to)
        row = {"case_key": case_key, "who": who, "text": text, "at": now}
        connection.execute(schema.notes.insert(), row | {"revision": history.next_revision(connection, case_key)})
        history.audit(connection, who, "note", case_key, "", now)
    return True
