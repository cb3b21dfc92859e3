"""Query the cases that a person put aside until a date."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, exists, func, select

from core.records.case import WAITING
from ledger import schema
from ledger.database import Ledger

_changes, _cases, _posts = schema.case_changes.c, schema.cases.c, schema.posts.c
_ENDING = ("assignee", "department", "state")
"""Later changes that ask for the case again: it has another person, department or state."""


class Aside(NamedTuple):
    """Say until when a case is put aside, and by whom."""

    change: int
    until: datetime
    who: str


def put_aside(ledger: Ledger, moment: datetime, case_key: str | None = None) -> dict[str, Aside]:
    """Return the waiting cases that are put aside at a moment.

    A case returns on its date, when a citizen of it writes again, and when it gets another person, department or state. `case_key`: this
    case alone.
    """
    made = select(_changes.id, _changes.case_key, _changes.who, _changes.at, _changes.after)
    made = made.join(schema.cases, _cases.case_key == _changes.case_key).where(_cases.state.in_(sorted(WAITING)))
    made = made.where(_changes.what == "aside", ~_changes.undone).order_by(_changes.id)
    if case_key is not None:
        made = made.where(_changes.case_key == case_key)
    with ledger.read() as connection:
        newest = {row.case_key: row for row in connection.execute(made)}
        return {
            key: Aside(row.id, until, row.who)
            for key, row in newest.items()
            if (until := datetime.fromisoformat(row.after["aside"])) > moment and not _is_asked_for(connection, row)
        }


def _is_asked_for(connection: Connection, aside: Row[Any]) -> bool:
    """Tell whether something came after a case was put aside."""
    links, steps = schema.case_posts.c, schema.transitions.c
    mine = select(links.post_id).where(links.case_key == aside.case_key)
    later = and_(~_posts.own, _posts.received_at > aside.at)
    asked = select(_posts.author, func.coalesce(_posts.thread, _posts.post_id).label("thread")).where(_posts.post_id.in_(mine)).subquery()
    in_thread = _posts.thread.in_(select(asked.c.thread)) & _posts.author.in_(select(asked.c.author))
    changed = (_changes.case_key == aside.case_key) & (_changes.id > aside.id) & _changes.what.in_(_ENDING) & ~_changes.undone
    return any(
        connection.execute(select(exists().where(found))).scalar_one()
        for found in (
            changed,
            (steps.case_key == aside.case_key) & (steps.at > aside.at),
            _posts.post_id.in_(mine) & later,
            in_thread & later,
        )
    )
