"""Record what people change on a case beside its state.

A recorded change shows in the history of the case, binds the machine until a person undoes it, and holds what is needed to
undo it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from core.errors import ChangeRefusedError
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.cases.history import entries as history
from ledger.cases.history.entries import ESCUCHA

What = Literal[
    "assignee",
    "department",
    "topic",
    "place",
    "priority",
    "publication",
    "revote",
    "merge",
    "split",
    "move",
    "apart",
    "parent",
    "state",
    "aside",
    "undo",
]
PINNING: tuple[What, ...] = ("department", "topic", "place", "priority")
"""Changes of a field that the posts of a case vote on: from then on a person's word decides it."""


class Change(Record):
    """Hold one change of a case, and what it changed."""

    id: int
    case_key: str
    what: What
    who: str
    """A user of the desk; `escucha` when it follows from what a person changed elsewhere."""
    why: str
    at: UtcDatetime
    before: dict[str, Any]
    after: dict[str, Any]
    undone: bool


def record(
    connection: Connection,
    case_key: str,
    what: What,
    who: str,
    why: str,
    now: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> int:
    """Store one change of a locked case.

    Returns the new revision of the case.
    """
    revision = history.next_revision(connection, case_key)
    row = {"case_key": case_key, "what": what, "who": who, "why": why, "at": now, "undone": False}
    row |= {"before": dict(before), "after": dict(after), "revision": revision}
    connection.execute(schema.case_changes.insert(), row)
    return revision


def locked_change(connection: Connection, change_id: int) -> Row[Any]:
    """Return one change and lock it until the transaction ends.

    Raises:
        ChangeRefusedError: there is no such change, or it was undone before.
    """
    table = schema.case_changes
    row = connection.execute(select(table).where(table.c.id == change_id).with_for_update()).one_or_none()
    if row is None:
        raise ChangeRefusedError("there is no such change: the page may be old, please reload it")
    if row.undone:
        raise ChangeRefusedError("this change was undone before")
    return row


def mark_undone(connection: Connection, change: Row[Any], who: str, why: str, now: datetime) -> None:
    """Mark a change as undone and write the undoing into the history."""
    table = schema.case_changes
    connection.execute(update(table).where(table.c.id == change.id).values(undone=True))
    record(connection, change.case_key, "undo", who, why, now, {"change": change.id, "what": change.what}, {})


def later_changes(connection: Connection, change: Row[Any], *whats: What) -> bool:
    """Tell whether later changes of these kinds to the case still hold."""
    table = schema.case_changes.c
    later = (table.case_key == change.case_key) & (table.id > change.id) & table.what.in_(whats) & ~table.undone
    return connection.execute(select(table.id).where(later).limit(1)).first() is not None


def pinned_fields(connection: Connection, case_key: str) -> frozenset[str]:
    """Return the fields of a case that a person set.

    Votes of its posts do not change them.
    """
    table = schema.case_changes.c
    mine = (table.case_key == case_key) & table.what.in_(PINNING) & ~table.undone & (table.who != ESCUCHA)
    return frozenset(connection.execute(select(table.what).where(mine)).scalars())


def was_set_by_people(connection: Connection, case_key: str, what: What) -> bool:
    """Return whether a person ever set a field of a case.

    Undone changes count too.
    """
    table = schema.case_changes.c
    mine = (table.case_key == case_key) & (table.what == what) & (table.who != ESCUCHA)
    return connection.execute(select(table.id).where(mine).limit(1)).first() is not None


def priorities_set_by_people(connection: Connection, case_keys: Sequence[str]) -> set[str]:
    """Return the cases whose priority a person set; CHUNK keys at most."""
    table = schema.case_changes.c
    mine = table.case_key.in_(case_keys) & (table.what == "priority") & ~table.undone & (table.who != ESCUCHA)
    return set(connection.execute(select(table.case_key).where(mine)).scalars())
