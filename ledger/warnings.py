"""Store early warnings, their notices and what became of each delivery.

A warning, its notices and their deliveries are written in one transaction. A process that is killed leaves deliveries pending: the next
run sends them, with the same id. The caller holds the lease `LEASE_NAME`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from core.records import Record
from ledger import schema
from ledger.database import Ledger, insert

LEASE_NAME = "warn"
WORDED = ("word", "emerging")
"""Kinds whose subject is taken from posts: they go with their posts."""
LEAST_POSTS = 5
_warnings, _posts = schema.warnings, schema.warning_posts
_notices, _deliveries = schema.warning_notices, schema.warning_deliveries


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


class NoticeDelivery(Record):
    """Hold a notice that waits for one receiver."""

    notice: int
    receiver: str
    warning: int
    sequence: int
    change: str
    people: int
    at: datetime
    attempt: int
    """Attempts before this one."""


def start(
    ledger: Ledger, row: WarningRow, post_ids: Sequence[str], changes: Sequence[str], to: Collection[str], now: datetime
) -> bool:
    """Store a new warning with its notices; False if known already."""
    values = row.model_dump() | {"announced": row.people}
    with ledger.write() as connection:
        made = insert(connection, _warnings).values(**values).on_conflict_do_nothing().returning(_warnings.c.id)
        number = connection.execute(made).scalar_one_or_none()
        if number is None:
            return False
        _add_posts(connection, number, post_ids)
        _notify(connection, number, changes, row.people, to, now)
    return True


def update_warning(
    ledger: Ledger,
    number: int,
    row: WarningRow,
    post_ids: Sequence[str],
    changes: Sequence[str],
    to: Collection[str],
    now: datetime,
) -> bool:
    """Store a warning's new state and notices; False if it has ended."""
    values: dict[str, Any] = {
        "last_at": row.last_at,
        "ended_at": row.ended_at,
        "people": row.people,
        "also": row.also,
        "shown": row.shown,
    }
    if "grew" in changes:
        values["announced"] = row.people
    this = (_warnings.c.id == number) & _warnings.c.ended_at.is_(None)
    with ledger.write() as connection:
        if not connection.execute(update(_warnings).where(this).values(**values)).rowcount:
            return False
        _add_posts(connection, number, post_ids)
        _notify(connection, number, changes, row.people, to, now)
    return True


def end(ledger: Ledger, number: int, at: datetime, to: Collection[str], now: datetime) -> bool:
    """End a warning whose episode is gone; False if it has ended."""
    this = (_warnings.c.id == number) & _warnings.c.ended_at.is_(None)
    with ledger.write() as connection:
        people = connection.execute(update(_warnings).where(this).values(ended_at=at).returning(_warnings.c.people))
        found = people.scalar_one_or_none()
        if found is None:
            return False
        _notify(connection, number, ("ended",), found, to, now)
    return True


def _add_posts(connection: Connection, number: int, post_ids: Sequence[str]) -> None:
    known = set(
        connection.execute(select(schema.posts.c.post_id).where(schema.posts.c.post_id.in_(post_ids))).scalars()
    )
    rows = [{"warning": number, "post_id": one} for one in post_ids if one in known]
    if rows:
        connection.execute(insert(connection, _posts).on_conflict_do_nothing(), rows)


def _notify(
    connection: Connection, number: int, changes: Sequence[str], people: int, to: Collection[str], now: datetime
) -> None:
    last = select(func.coalesce(func.max(_notices.c.sequence), 0)).where(_notices.c.warning == number)
    before = connection.execute(last).scalar_one()
    for position, change in enumerate(changes, start=before + 1):
        values = {"warning": number, "sequence": position, "change": change, "people": people, "at": now}
        notice = connection.execute(_notices.insert().values(**values).returning(_notices.c.id)).scalar_one()
        rows = [
            {"notice": notice, "receiver": one, "state": "pending", "attempt": 0, "reason": "", "changed_at": now}
            for one in sorted(set(to))
        ]
        if rows:
            connection.execute(_deliveries.insert(), rows)


def due(ledger: Ledger, now: datetime) -> list[NoticeDelivery]:
    """Return the deliveries to try now, oldest notice first.

    Of one warning and receiver the earliest notice alone: a follow-up never overtakes it.
    """
    statement = (
        select(
            _deliveries, _notices.c.warning, _notices.c.sequence, _notices.c.change, _notices.c.people, _notices.c.at
        )
        .join(_notices, _notices.c.id == _deliveries.c.notice)
        .where(_deliveries.c.state == "pending")
        .order_by(_notices.c.warning, _deliveries.c.receiver, _notices.c.sequence)
    )
    found: dict[tuple[int, str], Any] = {}
    with ledger.read() as connection:
        for row in connection.execute(statement):
            found.setdefault((row.warning, row.receiver), row)
    ready = [row for row in found.values() if row.not_before is None or row.not_before <= now]
    names = tuple(NoticeDelivery.model_fields)
    made = [NoticeDelivery(**{name: getattr(row, name) for name in names}) for row in ready]
    return sorted(made, key=lambda one: (one.notice, one.receiver))


def settle(
    ledger: Ledger, one: NoticeDelivery, state: str, reason: str, now: datetime, not_before: datetime | None = None
) -> None:
    """Store the outcome of an attempt.

    `sent`, `pending` (again at `not_before`) or `dead`."""
    this = (_deliveries.c.notice == one.notice) & (_deliveries.c.receiver == one.receiver)
    values = {"state": state, "reason": reason, "not_before": not_before, "attempt": one.attempt + 1, "changed_at": now}
    with ledger.write() as connection:
        connection.execute(update(_deliveries).where(this & (_deliveries.c.state == "pending")).values(**values))


def delay(ledger: Ledger, one: NoticeDelivery, until: datetime) -> None:
    """Keep a delivery until a moment; no attempt is counted."""
    this = (_deliveries.c.notice == one.notice) & (_deliveries.c.receiver == one.receiver)
    with ledger.write() as connection:
        connection.execute(update(_deliveries).where(this).values(not_before=until))


def drop_posts(connection: Connection, ids: Sequence[str]) -> None:
    """Take posts out of their warnings, in the caller's transaction.

    A warning about a word or an issue goes with them when fewer than `LEAST_POSTS` posts are left: its subject is their text.
    """
    numbers = list(connection.execute(select(_posts.c.warning).where(_posts.c.post_id.in_(ids)).distinct()).scalars())
    if not numbers:
        return
    connection.execute(delete(_posts).where(_posts.c.post_id.in_(ids)))
    left = select(_posts.c.warning).group_by(_posts.c.warning).having(func.count() >= LEAST_POSTS)
    worded = select(_warnings.c.id).where(
        _warnings.c.id.in_(numbers), _warnings.c.kind.in_(WORDED), _warnings.c.id.not_in(left)
    )
    gone = list(connection.execute(worded).scalars())
    if gone:
        notices = select(_notices.c.id).where(_notices.c.warning.in_(gone))
        connection.execute(delete(_deliveries).where(_deliveries.c.notice.in_(notices)))
        connection.execute(delete(_notices).where(_notices.c.warning.in_(gone)))
        connection.execute(delete(_posts).where(_posts.c.warning.in_(gone)))
        connection.execute(delete(_warnings).where(_warnings.c.id.in_(gone)))
