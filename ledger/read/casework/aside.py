"""Query the cases that a person put aside until a date."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select, union_all

from core.records.case import WAITING
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK

_changes, _cases, _posts, _links, _steps = (
    table.c for table in (schema.case_changes, schema.cases, schema.posts, schema.case_posts, schema.transitions)
)
_ENDING = ("assignee", "department", "state", "merge", "split", "move")
"""Later changes that ask for the case again: it has another person, department or state, or other posts."""


class Aside(NamedTuple):
    """Say until when a case is put aside, by whom and when."""

    until: datetime
    who: str
    at: datetime


def put_aside(ledger: Ledger, moment: datetime, case_key: str | None = None) -> dict[str, Aside]:
    """Return the waiting cases that are put aside at a moment.

    A case returns on its date, when a citizen of it writes again, and when it gets another person, department or state. `case_key`: this
    case alone.
    """
    made = select(_changes.case_key, _changes.who, _changes.at, _changes.after)
    made = made.join(schema.cases, _cases.case_key == _changes.case_key).where(_cases.state.in_(sorted(WAITING)))
    made = made.where(_changes.what == "aside", ~_changes.undone).order_by(_changes.id)
    if case_key is not None:
        made = made.where(_changes.case_key == case_key)
    with ledger.read() as connection:
        rows = [row for row in connection.execute(made) if "aside" in row.after]  # erased with the last post of its case
        newest = {row.case_key: Aside(datetime.fromisoformat(row.after["aside"]), row.who, row.at) for row in rows}
        found = {key: one for key, one in newest.items() if one.until > moment}
        asked_for = {key for key, last in _lasts(connection, sorted(found)) if last > found[key].at}
    return {key: one for key, one in found.items() if key not in asked_for}


def _lasts(connection: Connection, keys: Sequence[str]) -> Iterator[tuple[str, datetime]]:
    """Yield when each case last had a step, change or post."""
    for start in range(0, len(keys), CHUNK):
        yield from connection.execute(union_all(*_last_moments(keys[start : start + CHUNK]))).tuples()


def _last_moments(keys: Sequence[str]) -> Iterator[Select[Any]]:
    changed = _changes.what.in_(_ENDING) & ~_changes.undone
    yield select(_changes.case_key, func.max(_changes.at)).where(_changes.case_key.in_(keys), changed).group_by(_changes.case_key)
    yield select(_steps.case_key, func.max(_steps.at)).where(_steps.case_key.in_(keys)).group_by(_steps.case_key)
    of_case = select(_links.case_key, func.max(_posts.received_at)).join(schema.posts, _posts.post_id == _links.post_id)
    yield of_case.where(_links.case_key.in_(keys), ~_posts.own).group_by(_links.case_key)
    reply = schema.posts.alias("reply")
    same = (reply.c.thread == func.coalesce(_posts.thread, _posts.post_id)) & (reply.c.author == _posts.author) & ~reply.c.own
    replied = select(_links.case_key, func.max(reply.c.received_at)).join(schema.posts, _posts.post_id == _links.post_id).join(reply, same)
    yield replied.where(_links.case_key.in_(keys)).group_by(_links.case_key)
