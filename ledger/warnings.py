"""Store early warnings and their notices.

A warning, its notices and their rows of the outbox are written in one transaction. The caller holds the lease `LEASE_NAME`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from core.records import Record
from core.records.outbox import Due, OutboxKind
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.outbox import planning

KIND: OutboxKind = "warning"
LEASE_NAME = "warn"
WORDED = ("word", "emerging")
"""Kinds whose subject is taken from posts: they go with their posts."""
LEAST_POSTS = 5
_warnings, _posts = schema.warnings, schema.warning_posts
_notices = schema.warning_notices
Receiver = tuple[str, str]
"""Address and channel."""


class WarningRow(Record):
    """Hold what is written about an episode."""

    kind: str
    subject: str
    started_at: datetime
    detected_at: datetime
    last_at: datetime
    ended_at: datetime | None
    people: int
    counted: int
    expected: float
    window_s: int
    score: float
    also: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    example: bool


def start(
    ledger: Ledger, row: WarningRow, post_ids: Sequence[str], changes: Sequence[str], to: Collection[Receiver], now: datetime
) -> bool:
    """Store a new warning with its notices; False if known already."""
    values = row.model_dump() | {"announced": row.people}
    with writing(ledger) as connection:
        made = insert(connection, _warnings).values(**values).on_conflict_do_nothing().returning(_warnings.c.id)
        number = connection.execute(made).scalar_one_or_none()
        if number is None:
            return False
        _add_posts(connection, number, post_ids)
        _notify(connection, number, changes, row.people, to, now)
    return True


def update_warning(
    ledger: Ledger, number: int, row: WarningRow, post_ids: Sequence[str], changes: Sequence[str], to: Collection[Receiver], now: datetime
) -> bool:
    """Store a warning's new state and notices; False if it has ended."""
    values: dict[str, Any] = {"last_at": row.last_at, "ended_at": row.ended_at, "people": row.people, "also": row.also, "shown": row.shown}
    if "grew" in changes:
        values["announced"] = row.people
    this = (_warnings.c.id == number) & _warnings.c.ended_at.is_(None)
    with writing(ledger) as connection:
        if not connection.execute(update(_warnings).where(this).values(**values)).rowcount:
            return False
        _add_posts(connection, number, post_ids)
        _notify(connection, number, changes, row.people, to, now)
    return True


def end(ledger: Ledger, number: int, at: datetime, to: Collection[Receiver], now: datetime) -> bool:
    """End a warning whose episode is gone; False if it has ended."""
    this = (_warnings.c.id == number) & _warnings.c.ended_at.is_(None)
    with writing(ledger) as connection:
        people = connection.execute(update(_warnings).where(this).values(ended_at=at).returning(_warnings.c.people))
        found = people.scalar_one_or_none()
        if found is None:
            return False
        _notify(connection, number, ("ended",), found, to, now)
    return True


def _add_posts(connection: Connection, number: int, post_ids: Sequence[str]) -> None:
    known = set(connection.execute(select(schema.posts.c.post_id).where(schema.posts.c.post_id.in_(post_ids))).scalars())
    rows = [{"warning": number, "post_id": one} for one in post_ids if one in known]
    if rows:
        connection.execute(insert(connection, _posts).on_conflict_do_nothing(), rows)


def _notify(connection: Connection, number: int, changes: Sequence[str], people: int, to: Collection[Receiver], now: datetime) -> None:
    last = select(func.coalesce(func.max(_notices.c.sequence), 0)).where(_notices.c.warning == number)
    before = connection.execute(last).scalar_one()
    for position, change in enumerate(changes, start=before + 1):
        values = {"warning": number, "sequence": position, "change": change, "people": people, "at": now}
        connection.execute(_notices.insert().values(**values))
        for receiver, channel in sorted(set(to)):
            due = Due(subject=f"{number} {position}", receiver=receiver, channel=channel, thread=str(number))
            planning.plan_one(connection, KIND, due, now)


def drop_posts(connection: Connection, ids: Sequence[str]) -> None:
    """Take posts out of their warnings, in the caller's transaction.

    A warning about a word or an issue goes with them when fewer than `LEAST_POSTS` posts are left: its subject is their text.
    """
    numbers = list(connection.execute(select(_posts.c.warning).where(_posts.c.post_id.in_(ids)).distinct()).scalars())
    if not numbers:
        return
    connection.execute(delete(_posts).where(_posts.c.post_id.in_(ids)))
    left = select(_posts.c.warning).group_by(_posts.c.warning).having(func.count() >= LEAST_POSTS)
    worded = select(_warnings.c.id).where(_warnings.c.id.in_(numbers), _warnings.c.kind.in_(WORDED), _warnings.c.id.not_in(left))
    gone = list(connection.execute(worded).scalars())
    if gone:
        outbox = schema.outbox.c
        planning.drop(connection, (outbox.kind == KIND) & outbox.thread.in_([str(one) for one in gone]))
        connection.execute(delete(_notices).where(_notices.c.warning.in_(gone)))
        connection.execute(delete(_posts).where(_posts.c.warning.in_(gone)))
        connection.execute(delete(_warnings).where(_warnings.c.id.in_(gone)))
