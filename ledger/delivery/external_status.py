"""Copy the state of delivered tickets into the case history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.records.case import ANSWERING, CASEBOOK, NEXT, OPEN, ExternalStatus, State
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import merged_tickets


def followed(ledger: Ledger, system: str) -> dict[str, str]:
    """Return delivered cases that may still change there: reference to case key."""
    cases = schema.cases.c
    statement = select(cases.reference, cases.case_key).where(
        cases.system == system,
        cases.reference.is_not(None),
        cases.state != "merged",
        ~merged_tickets.has_unfinished(cases.case_key),  # its ticket is still as the merge left it
    )
    with ledger.read() as connection:
        return {row.reference: row.case_key for row in connection.execute(statement)}


def store_external_status(ledger: Ledger, case_key: str, status: ExternalStatus, system: str, now: datetime) -> bool:  # noqa: ARG001
    """Store what changed outside since the last check; True if something did."""
    status_json = status.model_dump_json()
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if case.system != system or case.external_status == status_json or status.state == "gone":
            return False
        history.touch(connection, case_key, external_status=status_json)
        state: State = case.state
        for following, at in list(_steps(connection, case, status)):
            history.add_step(connection, case_key, following, max(at, case.received_at), system, _why(status, following))
            state = following
        return bool(state != case.state)


def _steps(connection: Connection, case: Row[Any], status: ExternalStatus) -> Iterator[tuple[State, datetime]]:
    """Yield the steps from the case's state to the state outside.

    An answer comes first: it stops the answer-time clock.
    """
    state: State = case.state
    if status.answered_at is not None and state in OPEN and not _is_answered(connection, case.case_key):
        yield "answered", status.answered_at
        state = "answered"
    for wanted in _path(state, status.state):
        yield wanted, status.updated_at


def _path(state: State, wanted: str) -> tuple[State, ...]:
    """Return the steps to a state; a closed case is reopened first.

    An external `new` never moves a case that is already in progress.
    """
    if state in ("merged", wanted) or (wanted in ("new", "assigned") and state in OPEN and state != "new"):
        return ()
    if wanted == "new":
        return () if state in OPEN else ("assigned",)
    if wanted in NEXT[state]:
        return (wanted,)  # type: ignore[return-value]  # NEXT holds states only
    return ("assigned", wanted)  # type: ignore[return-value]


def _is_answered(connection: Connection, case_key: str) -> bool:
    steps = schema.transitions.c
    answering = select(func.count()).where(steps.case_key == case_key, steps.state.in_(sorted(ANSWERING)))
    return bool(connection.execute(answering).scalar_one())


def _why(status: ExternalStatus, state: State) -> str:
    if state == "merged" and status.merged_into:
        return f"merged into {status.merged_into}"
    return status.note if state == status.state else ""


def mark_ticket_missing(ledger: Ledger, case_key: str, now: datetime) -> None:
    """Return a case to the desk because its ticket no longer exists.

    Repeating it changes nothing.
    """
    deliveries = schema.deliveries
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if case.system == CASEBOOK:
            return
        opened = (deliveries.c.case_key == case_key) & (deliveries.c.kind == "open") & (deliveries.c.state == "sent")
        lost = {"state": "gone", "reason": f"ticket {case.reference} is gone", "changed_at": now}
        connection.execute(update(deliveries).where(opened).values(**lost))
        history.touch(connection, case_key, system=CASEBOOK, reference=None)
        history.audit(connection, case.system, "gone", case_key, f"ticket {case.reference} is gone", now)
