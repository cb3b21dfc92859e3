"""Deliveries to an outside contact centre: each is claimed, sent once, and its answer written down; unknown answers are looked up.

    pending -> sending (lent to a worker) -> sent (reference), unknown (no answer), refused (reason); sent -> gone

A delivery whose lease ended may have been sent: it is claimed again, and the contact centre is asked for the key first.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core.case import Case
from core.post import Post
from core.records import Record
from ledger import schema
from ledger.database import Ledger
from ledger.delivery.external_status import followed, store_standing, ticket_missing
from ledger.delivery.outcomes import failed, put_back, sent
from ledger.mapping import case_of, post_of

__all__ = ["Delivery", "claim", "failed", "followed", "put_back", "sent", "store_standing", "ticket_missing", "waiting"]

_table, _cases = schema.deliveries, schema.cases


class Delivery(Record):
    """One thing to deliver."""

    id: str
    """The delivery and the attempt: the answer of an attempt that was given up changes nothing any more."""
    kind: Literal["open", "append"]
    case: Case
    posts: tuple[Post, ...]
    """open: all posts of the case; append: the new ones only."""
    note_key: str
    reference: str | None


def waiting(ledger: Ledger, system: str, now: datetime) -> list[int]:
    """What can be delivered now, oldest first. A note waits until its case has been opened."""
    statement = select(_table.c.id).join(_cases, _cases.c.case_key == _table.c.case_key)
    with ledger.read() as connection:
        return list(connection.execute(statement.where(_ready(system, now)).order_by(_table.c.id)).scalars())


def _ready(system: str, now: datetime) -> ColumnElement[bool]:
    states = (
        (_table.c.state == "pending")
        | ((_table.c.state == "unknown") & (_table.c.not_before <= now))
        | ((_table.c.state == "sending") & (_table.c.until.is_(None) | (_table.c.until <= now)))
    )
    possible = (_table.c.kind == "open") | _cases.c.reference.is_not(None)
    return (_table.c.system == system) & states & possible


def claim(ledger: Ledger, system: str, worker: str, limit: int, now: datetime, lease: timedelta) -> list[Delivery]:
    """The oldest that can be delivered now, lent to this worker."""
    ready = (
        select(_table.c.id)
        .join(_cases, _cases.c.case_key == _table.c.case_key)
        .where(_ready(system, now))
        .order_by(_table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_table)
    )
    lent = {
        "state": "sending",
        "worker": worker,
        "until": now + lease,
        "attempt": _table.c.attempt + 1,
        "changed_at": now,
    }
    with ledger.write() as connection:
        take = update(_table).where(_table.c.id.in_(ready.scalar_subquery())).values(**lent).returning(_table)
        rows = sorted(connection.execute(take).all(), key=lambda row: int(row.id))
        return _deliveries(connection, rows)


def _deliveries(connection: Connection, rows: Sequence[Row[Any]]) -> list[Delivery]:
    keys = {row.case_key for row in rows}
    found = connection.execute(select(_cases).where(_cases.c.case_key.in_(keys))).all()
    cases, posts = {row.case_key: row for row in found}, _posts(connection, [row.id for row in rows])
    return [
        Delivery(
            id=f"{row.id}.{row.attempt}",
            kind=row.kind,
            case=case_of(cases[row.case_key], tuple(post.post_id for post in posts[row.id])),
            posts=tuple(posts[row.id]),
            note_key=row.note_key,
            reference=cases[row.case_key].reference,
        )
        for row in rows
    ]


def _posts(connection: Connection, ids: Sequence[int]) -> dict[int, list[Post]]:
    link, posts = schema.delivery_posts, schema.posts
    statement = select(posts, link.c.delivery_id).join(link, link.c.post_id == posts.c.post_id)
    ordered = statement.where(link.c.delivery_id.in_(ids)).order_by(posts.c.created_at, posts.c.post_id)
    found: dict[int, list[Post]] = defaultdict(list)
    for row in connection.execute(ordered):
        found[row.delivery_id].append(post_of(row))
    return found
