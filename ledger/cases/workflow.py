"""The case book: what staff do with a case, checked against what may follow, with who, when and why."""

from datetime import datetime

from core.case import State
from ledger import schema
from ledger.cases import history, revisions
from ledger.cases.history import ChangeRefusedError
from ledger.database import Ledger
from ledger.delivery.outbox import CASEBOOK


def change(
    ledger: Ledger,
    case_key: str,
    state: State,
    who: str,
    why: str,
    now: datetime,
    department: str | None = None,
    seen: int | None = None,
) -> bool:
    """Bring a case into another state, and to another department where one is named.

    `seen` is the revision of the case that the person looked at. False: this very step was written already (a form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, an outside system works it, or this state cannot follow.
    """
    with ledger.write() as connection:
        case = history.locked_case(connection, case_key)
        if revisions.is_repeated_step(connection, case, seen, state, who, why, department):
            return False
        revisions.must_be_current(case, seen)
        if case.system != CASEBOOK:
            raise ChangeRefusedError(
                f"case {case_key} is worked in {case.system} ({case.reference or 'not delivered yet'}): change it there, "
                "its state comes back by itself"
            )
        history.step(connection, case, state, now, who, why)
        if department is not None:
            history.touch(connection, case_key, department=department)
        history.audit(connection, who, state, case_key, why, now)
    return True


def note(ledger: Ledger, case_key: str, who: str, text: str, now: datetime, seen: int | None = None) -> bool:
    """Write something down for colleagues.

    `seen` is the revision of the case that the person looked at. False: this very note was written already (a form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: there is no such case, or its last post was forgotten: nothing is noted about it any more.
    """
    with ledger.write() as connection:
        case = history.locked_case(connection, case_key)
        if revisions.is_repeated_note(connection, case, seen, who, text):
            return False
        revisions.must_be_current(case, seen)
        if case.forgotten == case.posts:
            raise ChangeRefusedError(f"case {case_key} is kept as numbers only: its posts are older than the retention")
        row = {"case_key": case_key, "who": who, "text": text, "at": now}
        connection.execute(schema.notes.insert(), row | {"revision": history.next_revision(connection, case_key)})
        history.audit(connection, who, "note", case_key, "", now)
    return True
