"""What an outside contact centre says of a delivered case becomes part of the case's history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.case import ANSWERING, NEXT, OPEN, Standing, State
from ledger import schema
from ledger.cases import history
from ledger.database import Ledger
from ledger.delivery.outbox import CASEBOOK


def followed(ledger: Ledger, system: str) -> dict[str, str]:
    """By reference: the delivered cases whose state may still change there."""
    cases = schema.cases.c
    statement = select(cases.reference, cases.case_key).where(
        cases.system == system, cases.reference.is_not(None), cases.state != "merged"
    )
    with ledger.read() as connection:
        return {row.reference: row.case_key for row in connection.execute(statement)}


def store_standing(ledger: Ledger, case_key: str, standing: Standing, system: str, now: datetime) -> bool:  # noqa: ARG001
    """Write into the history what changed outside since it was last asked; True when something did."""
    said = standing.model_dump_json()
    with ledger.write() as connection:
        case = history.locked_case(connection, case_key)
        if case.system != system or case.standing == said or standing.state == "gone":
            return False
        history.touch(connection, case_key, standing=said)
        state: State = case.state
        for following, at in list(_steps(connection, case, standing)):
            history.add_step(
                connection, case_key, following, max(at, case.received_at), system, _why(standing, following)
            )
            state = following
        return bool(state != case.state)


def _steps(connection: Connection, case: Row[Any], standing: Standing) -> Iterator[tuple[State, datetime]]:
    """The steps from where the case stands here to where it stands outside; an answer first, it stops the clock."""
    state: State = case.state
    if standing.answered_at is not None and state in OPEN and not _is_answered(connection, case.case_key):
        yield "answered", standing.answered_at
        state = "answered"
    for wanted in _path(state, standing.state):
        yield wanted, standing.updated_at


def _path(state: State, wanted: str) -> tuple[State, ...]:
    """A closed case is opened again before it goes anywhere else; `new` outside is no news about a case that is under way."""
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


def _why(standing: Standing, state: State) -> str:
    if state == "merged" and standing.merged_into:
        return f"merged into {standing.merged_into}"
    return standing.note if state == standing.state else ""


def ticket_missing(ledger: Ledger, case_key: str, now: datetime) -> None:
    """The ticket is not there any more: the desk owns the case again. Told twice, it changes nothing the second time."""
    deliveries = schema.deliveries
    with ledger.write() as connection:
        case = history.locked_case(connection, case_key)
        if case.system == CASEBOOK:
            return
        opened = (deliveries.c.case_key == case_key) & (deliveries.c.kind == "open") & (deliveries.c.state == "sent")
        lost = {"state": "gone", "reason": f"ticket {case.reference} is gone", "changed_at": now}
        connection.execute(update(deliveries).where(opened).values(**lost))
        history.touch(connection, case_key, system=CASEBOOK, reference=None)
        history.audit(connection, case.system, "gone", case_key, f"ticket {case.reference} is gone", now)
