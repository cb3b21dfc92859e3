"""Store who works on a case, watches it or has it open."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from core.errors import ChangeRefusedError
from core.records.case import CASEBOOK, WAITING
from ledger import schema
from ledger.cases.history import changes, entries as history, revisions
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing

VIEWED = timedelta(minutes=5)
"""How long after opening its page a person counts as having a case open."""


def assign_to(ledger: Ledger, case_key: str, assignee: str | None, who: str, why: str, now: datetime, seen: int | None = None) -> bool:
    """Assign a case to a user of the desk; None unassigns it.

    A new case becomes `assigned`. `seen` is the revision of the case that the person looked at. Returns False when the case has this
    assignee already (the same form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, or it was merged into another one.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if case.assignee == assignee and revisions.is_known_change(connection, case, seen, "assignee", who, why):
            return False
        revisions.must_be_current(case, seen)
        must_not_be_merged(case)
        before, after = {"assignee": case.assignee}, {"assignee": assignee}
        begins = assignee is not None and case.state == "new" and case.system == CASEBOOK
        if begins:
            before, after = before | {"state": "new"}, after | {"state": "assigned"}
        changes.record(connection, case_key, "assignee", who, why, now, before, after)
        history.touch(connection, case_key, assignee=assignee)
        if begins:
            history.add_step(connection, case_key, "assigned", now, who, why)
        history.audit(connection, who, "take" if assignee == who else "hand over", case_key, why, now)
    return True


def put_aside(ledger: Ledger, case_key: str, until: datetime, who: str, why: str, now: datetime, seen: int | None = None) -> None:
    """Leave a case out of the queues until a moment.

    `seen` is the revision of the case that the person looked at.

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, or no citizen waits for an answer to it.
    """
    with writing(ledger) as connection:
        case = history.locked_case(connection, case_key)
        if seen not in (None, case.revision) and revisions.is_known_change(connection, case, seen, "aside", who, why):
            return  # the same form was sent twice
        revisions.must_be_current(case, seen)
        if case.state not in WAITING:
            raise ChangeRefusedError("case {case} is {state}: no citizen waits for an answer to it", case=case_key, state=case.state)
        changes.record(connection, case_key, "aside", who, why, now, {"aside": None}, {"aside": until.isoformat()})
        history.audit(connection, who, "put aside", case_key, why, now)


def must_not_be_merged(case: Row[Any]) -> None:
    """Refuse a change of a case that lives on in another one.

    Raises:
        ChangeRefusedError: the case was merged.
    """
    if case.state == "merged":
        raise ChangeRefusedError("case {case} was merged into {other}: work there", case=case.case_key, other=case.merged_into or "–")


def watch(ledger: Ledger, case_key: str, who: str, now: datetime, watching: bool = True) -> None:
    """Subscribe a user to the changes of a case, or unsubscribe.

    Raises:
        ChangeRefusedError: there is no such case.
    """
    with writing(ledger) as connection:
        history.locked_case(connection, case_key)
        if watching:
            _write(connection, "case_watchers", case_key, who, now)
        else:
            table = schema.case_watchers
            connection.execute(delete(table).where(table.c.case_key == case_key, table.c.who == who))


def note_viewer(ledger: Ledger, case_key: str, who: str, now: datetime) -> list[str]:
    """Record that a user has opened a case.

    Returns the names of the others who have it open.
    """
    table = schema.case_viewers
    with writing(ledger) as connection:
        connection.execute(delete(table).where(table.c.at < now - VIEWED))
        _write(connection, "case_viewers", case_key, who, now)
        others = select(table.c.who).where(table.c.case_key == case_key, table.c.who != who).order_by(table.c.who)
        return list(connection.execute(others).scalars())


def _write(connection: Connection, name: str, case_key: str, who: str, now: datetime) -> None:
    statement = insert(connection, schema.metadata.tables[name]).values(case_key=case_key, who=who, at=now)
    keys = ["case_key", "who"]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"at": statement.excluded.at}))
