"""The history of a case: steps are only ever added, each with who, when and why; staff's own are audited as well."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core.case import NEXT, State
from core.errors import ConfigurationError, StaleError
from ledger import schema
from ledger.mapping import changed
from ledger.system import audit_chain

ESCUCHA = "escucha"
"""Who does what no person did."""


class ChangeRefusedError(ConfigurationError):
    """This change is not possible now; the message says why."""


class StaleChangeError(ChangeRefusedError, StaleError):
    """What this change was made from has changed since."""


def locked_case(connection: Connection, case_key: str) -> Row[Any]:
    """The case's row, ours until the end of the transaction.

    Raises:
        ChangeRefusedError: there is no such case.
    """
    cases = schema.cases
    row = connection.execute(select(cases).where(cases.c.case_key == case_key).with_for_update()).one_or_none()
    if row is None:
        raise ChangeRefusedError(f"there is no case {case_key}")
    return row


def step(connection: Connection, case: Row[Any], state: State, at: datetime, who: str, why: str) -> None:
    """Add one step to a case.

    Raises:
        ChangeRefusedError: this state cannot follow the one the case is in.
    """
    if state not in NEXT[case.state]:
        possible = ", ".join(sorted(NEXT[case.state])) or "nothing: it lives on in the case it was merged into"
        raise ChangeRefusedError(f"case {case.case_key} is {case.state}: it cannot become {state}, only {possible}")
    add_step(connection, case.case_key, state, at, who, why)


def add_step(connection: Connection, case_key: str, state: State, at: datetime, who: str, why: str) -> None:
    """Write a step and the state it leads to."""
    touch(connection, case_key, state=state)
    row = {"case_key": case_key, "state": state, "at": at, "who": who, "why": why}
    connection.execute(schema.transitions.insert(), row | {"revision": next_revision(connection, case_key)})


def next_revision(connection: Connection, case_key: str) -> int:
    """Count one more step or note of a case; forms made before it are stale."""
    cases = schema.cases
    statement = update(cases).where(cases.c.case_key == case_key).values(revision=cases.c.revision + 1)
    return int(connection.execute(statement.returning(cases.c.revision)).scalar_one())


def touch(connection: Connection, case_key: str, **new: object) -> None:
    """Change fields of a case; the search engine has yet to get it."""
    cases = schema.cases
    connection.execute(update(cases).where(cases.c.case_key == case_key).values(**changed(cases), **new))


def audit(connection: Connection, who: str, what: str, subject: str, why: str, now: datetime) -> None:
    """Write down who did what to which subject, and why. Call it last in a transaction.

    The entry is sealed into the chain, whose head stays locked until the transaction ends: who locked it first and a case
    afterwards could wait for a colleague who waits for him.
    """
    row = {"at": now, "who": who, "what": what, "subject": subject, "why": why}
    connection.execute(schema.audit.insert(), row | audit_chain.seal(connection, row))
