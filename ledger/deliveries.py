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
from core.errors import EscuchaError
from core.fact import Fact
from core.post import Post
from ledger import history, schema
from ledger.open import Ledger
from ledger.outbox import CASEBOOK
from ledger.rows import case_of, post_of
from ledger.standing import followed, gone, store_standing

__all__ = ["Delivery", "claim", "failed", "followed", "gone", "put_back", "sent", "store_standing", "waiting"]

UNKNOWN_WAITS = timedelta(minutes=2)
"""Longer than the slowest commit of a contact centre: looked up sooner, an accepted case may not be there yet."""

_table, _cases = schema.deliveries, schema.cases


class Delivery(Fact):
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
    return (_table.c.system == system) & (_cases.c.system == system) & states & possible


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


def sent(ledger: Ledger, delivery_id: str, reference: str, now: datetime) -> None:
    """It is there, under this reference. Told twice, it changes nothing the second time.

    Raises:
        EscuchaError: the reference belongs to another case: two incidents would share a ticket.
    """
    with ledger.write() as connection:
        row, is_current = _locked(connection, delivery_id)
        if row.state == "sent" or not is_current:
            return
        other = _owner(connection, row, reference)
        if other is None:
            _settle(connection, row, now, state="sent", reference=reference, reason=None)
            if row.kind == "open":
                history.touch(connection, row.case_key, reference=reference)
        else:
            _refuse(connection, row, f"{row.system} gave reference {reference}, which belongs to case {other}", now)
    if other is not None:
        raise EscuchaError(
            f"{row.system} gave {reference} for case {row.case_key}; it belongs to case {other}: look at both there"
        )


def failed(
    ledger: Ledger, delivery_id: str, outcome: Literal["unknown", "refused", "pending"], reason: str, now: datetime
) -> None:
    """It did not get there, or nobody knows. Refused, the desk works the case; the rest is tried again."""
    with ledger.write() as connection:
        row, is_current = _locked(connection, delivery_id)
        if row.state != "sending" or not is_current:
            return
        if outcome == "refused":
            _refuse(connection, row, reason, now)
        else:
            not_before = now + UNKNOWN_WAITS if outcome == "unknown" else None
            _settle(connection, row, now, state=outcome, reason=reason, not_before=not_before)


def _refuse(connection: Connection, row: Row[Any], reason: str, now: datetime) -> None:
    _settle(connection, row, now, state="refused", reason=reason)
    if row.kind == "open":
        history.touch(connection, row.case_key, system=CASEBOOK)


def _locked(connection: Connection, delivery_id: str) -> tuple[Row[Any], bool]:
    """The row, and whether this attempt is still the latest. The case is locked first, as everywhere."""
    number, _, attempt = delivery_id.partition(".")
    this = _table.c.id == int(number)
    history.locked_case(connection, connection.execute(select(_table.c.case_key).where(this)).scalar_one())
    row = connection.execute(select(_table).where(this).with_for_update()).one()
    return row, row.attempt == int(attempt)


def _owner(connection: Connection, row: Row[Any], reference: str) -> str | None:
    """The other case that has this reference."""
    if row.kind != "open":
        return None
    same = (_table.c.system == row.system) & (_table.c.reference == reference) & (_table.c.kind == "open")
    other: str | None = connection.execute(
        select(_table.c.case_key).where(same, _table.c.id != row.id)
    ).scalar_one_or_none()
    return other


def _settle(connection: Connection, row: Row[Any], now: datetime, **new: object) -> None:
    fields = {"worker": None, "until": None, "changed_at": now, **new}
    connection.execute(update(_table).where(_table.c.id == row.id).values(**fields))


def put_back(ledger: Ledger, worker: str, delivery_ids: Sequence[str], now: datetime) -> None:
    """Give back what this worker claimed and surely did not send, so that the next run need not wait for the lease to end."""
    with ledger.write() as connection:
        for delivery_id in delivery_ids:
            row, is_current = _locked(connection, delivery_id)
            if row.state == "sending" and row.worker == worker and is_current:
                _settle(connection, row, now, state="pending")
