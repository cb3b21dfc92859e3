"""Append to the history of a case: who, when and why.

Steps are never changed or removed; those of staff are audited as well.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.errors import ChangeRefusedError
from core.records.case import NEXT, State
from core.records.case_event import event_of_step
from ledger import schema
from ledger.cases import events
from ledger.mapping import changed_values
from ledger.system import audit_chain

ESCUCHA = "escucha"
"""The actor of every step that no person took."""
UNDONE = "undone: "
"""Begins the reason of a step that takes back another one."""


def locked_case(connection: Connection, case_key: str) -> Row[Any]:
    """Return the row of a case, locked until the transaction ends.

    Raises:
        ChangeRefusedError: there is no such case.
    """
    cases = schema.cases
    row = connection.execute(select(cases).where(cases.c.case_key == case_key).with_for_update()).one_or_none()
    if row is None:
        raise ChangeRefusedError("there is no case {case}", case=case_key)
    return row


def step(connection: Connection, case: Row[Any], state: State, at: datetime, who: str, why: str) -> None:
    """Move a case to another state, if that state may follow.

    Raises:
        ChangeRefusedError: this state cannot follow the current one.
    """
    must_follow(case, state)
    add_step(connection, case.case_key, state, at, who, why)


def must_follow(case: Row[Any], state: State) -> None:
    """Check that a case may get this state now.

    Raises:
        ChangeRefusedError: this state cannot follow the current one.
    """
    if state not in NEXT[case.state]:
        if not NEXT[case.state]:
            raise ChangeRefusedError(
                "case {case} is {state}: it cannot become {new_state}; work in the case it was merged into",
                case=case.case_key,
                state=case.state,
                new_state=state,
            )
        raise ChangeRefusedError(
            "case {case} is {state}: it cannot become {new_state}, only {possible_state}",
            case=case.case_key,
            state=case.state,
            new_state=state,
            possible_state=tuple(sorted(NEXT[case.state])),
        )


def add_step(connection: Connection, case_key: str, state: State, at: datetime, who: str, why: str, into: str | None = None) -> None:
    """Write an unchecked step of a locked case, its state and event.

    `into`: the case that this one is merged into, for the event.
    """
    before = connection.execute(select(schema.cases.c.state).where(schema.cases.c.case_key == case_key)).scalar_one()
    due = {"priority_due": True} if state == "assigned" else {}  # it may have been opened again
    touch(connection, case_key, state=state, **due)
    row = {"case_key": case_key, "state": state, "at": at, "who": who, "why": why}
    connection.execute(schema.transitions.insert(), row | {"revision": next_revision(connection, case_key)})
    if (name := event_of_step(before, state)) is not None:
        events.record(connection, [case_key], name, at, {"merged_into": into} if into else None)


def next_revision(connection: Connection, case_key: str) -> int:
    """Increment the revision of a case; forms opened before are stale."""
    cases = schema.cases
    statement = update(cases).where(cases.c.case_key == case_key).values(revision=cases.c.revision + 1)
    return int(connection.execute(statement.returning(cases.c.revision)).scalar_one())


def touch(connection: Connection, case_key: str, **new: object) -> None:
    """Update columns of a case and queue it for indexing."""
    cases = schema.cases
    connection.execute(update(cases).where(cases.c.case_key == case_key).values(**changed_values(cases), **new))


def mark_vote(connection: Connection, case_key: str, due: bool) -> None:
    """Store whether the posts of a case have to vote again.

    Nothing that is shown or indexed changes with the mark alone: the document keeps its version.
    """
    cases = schema.cases
    connection.execute(update(cases).where(cases.c.case_key == case_key).values(vote_due=due))


def audit(connection: Connection, who: str, what: str, subject: str, why: str, now: datetime) -> None:
    """Write an audit entry; call it last in a transaction.

    The entry is linked into the hash chain, whose head stays locked until the transaction ends: locking it before a case could deadlock
    with a transaction that locks them in the usual order.
    """
    row = {"at": now, "who": who, "what": what, "subject": subject, "why": why}
    connection.execute(schema.audit.insert(), row | audit_chain.seal(connection, row))
