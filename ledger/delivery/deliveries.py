"""Deliver cases to an outside contact centre through a transactional outbox.

The first delivery of a case opens a ticket; each later one adds a note.

    pending -> sending (claimed by a worker) -> sent (reference), unknown (no answer), refused (reason); sent -> gone

A delivery whose lease expired may have been sent: it is claimed again, and the contact centre is asked for the key first.
The outcome of an attempt that was given up changes nothing any more.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core.errors import EscuchaError
from core.records import Record
from core.records.case import CASEBOOK, Case
from core.records.post import Post
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import merged_tickets, moves
from ledger.mapping import case_of, post_of

UNKNOWN_WAITS = timedelta(minutes=2)
"""Longer than the slowest commit of a contact centre: looked up sooner, an accepted case may not be visible yet."""

_table, _cases = schema.deliveries, schema.cases


class Delivery(Record):
    """Hold one delivery with its case and posts."""

    id: str
    """Delivery and attempt: the outcome of an attempt that was given up changes nothing."""
    kind: Literal["open", "append", "merge", "unmerge", "move"]
    case: Case
    posts: tuple[Post, ...]
    """open and move: all posts of the case; append: the new ones only; merge and unmerge: none."""
    note_key: str
    reference: str | None
    merged_with: str | None = None
    """merge and unmerge: key of the other case."""
    merged_reference: str | None = None
    """Its ticket in the same system; None: it has none there."""


def waiting(ledger: Ledger, system: str, now: datetime) -> list[int]:
    """List the deliveries that can be sent now, oldest first.

    A note waits until the ticket of its case is open.
    """
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
    settled = (_table.c.kind != moves.KIND) | moves.department_is_known()
    return (_table.c.system == system) & states & possible & settled & merged_tickets.comes_next()


def claim(ledger: Ledger, system: str, worker: str, limit: int, now: datetime, lease: timedelta) -> list[Delivery]:
    """Claim the oldest deliveries that can be sent now."""
    ready = (
        select(_table.c.id)
        .join(_cases, _cases.c.case_key == _table.c.case_key)
        .where(_ready(system, now))
        .order_by(_table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_table)
    )
    claimed = {"state": "sending", "worker": worker, "until": now + lease, "attempt": _table.c.attempt + 1, "changed_at": now}
    with writing(ledger) as connection:
        take = update(_table).where(_table.c.id.in_(ready.scalar_subquery())).values(**claimed).returning(_table)
        rows = sorted(connection.execute(take).all(), key=lambda row: int(row.id))
        return _deliveries(connection, rows)


def _deliveries(connection: Connection, rows: Sequence[Row[Any]]) -> list[Delivery]:
    others = {row.id: merged_tickets.merged_with(row.note_key) for row in rows if row.kind in merged_tickets.KINDS}
    keys = {row.case_key for row in rows} | set(others.values())
    found = connection.execute(select(_cases).where(_cases.c.case_key.in_(keys))).all()
    cases, posts = {row.case_key: row for row in found}, _posts(connection, rows)
    return [
        Delivery(
            id=f"{row.id}.{row.attempt}",
            kind=row.kind,
            case=case_of(cases[row.case_key], tuple(post.post_id for post in posts[row.id])),
            posts=tuple(posts[row.id]),
            note_key=row.note_key,
            reference=cases[row.case_key].reference,
            merged_with=others.get(row.id),
            merged_reference=_reference_in(row.system, cases.get(others.get(row.id, ""))),
        )
        for row in rows
    ]


def _reference_in(system: str, case: Row[Any] | None) -> str | None:
    return case.reference if case is not None and case.system == system else None


def _posts(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, list[Post]]:
    link, posts, members = schema.delivery_posts, schema.posts, schema.case_posts
    carried = select(posts, link.c.delivery_id).join(link, link.c.post_id == posts.c.post_id)
    carried = carried.where(link.c.delivery_id.in_([row.id for row in rows]))
    of_case = select(posts, _table.c.id.label("delivery_id")).join(members, members.c.post_id == posts.c.post_id)
    of_case = of_case.join(_table, _table.c.case_key == members.c.case_key)
    of_case = of_case.where(_table.c.id.in_([row.id for row in rows if row.kind == moves.KIND]))
    found: dict[int, list[Post]] = defaultdict(list)
    for statement in (carried, of_case):
        for row in connection.execute(statement.order_by(posts.c.created_at, posts.c.post_id)):
            found[row.delivery_id].append(post_of(row))
    return found


def enqueue(connection: Connection, case_key: str, system: str, post_id: str, now: datetime) -> None:
    """Add a post to a delivery of its case.

    It joins a delivery that was never tried, else a new one. A delivery that was tried is never changed: the contact centre may have it
    already, under its note key.
    """
    if system == CASEBOOK:
        return
    deliveries = schema.deliveries.c
    known = select(deliveries.id, deliveries.state, deliveries.attempt).where(
        deliveries.case_key == case_key, deliveries.kind.in_(("open", "append"))
    )
    # Locked: a worker that claims it at the same moment would send it without this post.
    rows = connection.execute(known.order_by(deliveries.id).with_for_update()).all()
    untried = next((row.id for row in rows if row.state == "pending" and row.attempt == 0), None)
    if untried is None:
        untried = _new(connection, case_key, system, post_id, now, is_first=not rows)
    connection.execute(schema.delivery_posts.insert(), {"delivery_id": untried, "post_id": post_id})


def _new(connection: Connection, case_key: str, system: str, post_id: str, now: datetime, is_first: bool) -> int:
    row = {
        "case_key": case_key,
        "system": system,
        "kind": "open" if is_first else "append",
        # The first post names the note: the same post gives the same key, whatever was restored in between.
        "note_key": "" if is_first else f"{case_key}.{post_id}",
        "state": "pending",
        "attempt": 0,
        "made_at": now,
        "changed_at": now,
    }
    made = connection.execute(schema.deliveries.insert().values(row).returning(schema.deliveries.c.id))
    return int(made.scalar_one())


def renew(ledger: Ledger, delivery_id: str, now: datetime, lease: timedelta) -> bool:
    """Extend the claim of a delivery directly before it is sent.

    False: the lease ended and another worker claimed it. Nothing may be sent then.
    """
    with writing(ledger) as connection:
        row, is_current = _locked(connection, delivery_id)
        if row.state != "sending" or not is_current:
            return False
        connection.execute(update(_table).where(_table.c.id == row.id).values(until=now + lease))
        return True


def mark_sent(ledger: Ledger, delivery_id: str, reference: str, now: datetime) -> None:
    """Store that a delivery arrived under this reference; repeating it changes nothing.

    Raises:
        EscuchaError: the reference belongs to another case: two incidents would share a ticket.
    """
    with writing(ledger) as connection:
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
        raise EscuchaError(f"{row.system} gave {reference} for case {row.case_key}; it belongs to case {other}: check both there")


def mark_failed(ledger: Ledger, delivery_id: str, outcome: Literal["unknown", "refused", "pending"], reason: str, now: datetime) -> None:
    """Store that a delivery failed or that its outcome is unknown.

    After a refusal the desk works the case; otherwise the delivery is tried again.
    """
    with writing(ledger) as connection:
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
    """Return the locked row, and whether this attempt is the latest.

    The case is locked first, as everywhere.
    """
    number, _, attempt = delivery_id.partition(".")
    this = _table.c.id == int(number)
    history.locked_case(connection, connection.execute(select(_table.c.case_key).where(this)).scalar_one())
    row = connection.execute(select(_table).where(this).with_for_update()).one()
    return row, row.attempt == int(attempt)


def _owner(connection: Connection, row: Row[Any], reference: str) -> str | None:
    """Return the other case that has this reference, if any."""
    if row.kind != "open":
        return None
    duplicates = (_table.c.system == row.system) & (_table.c.reference == reference) & (_table.c.kind == "open")
    other: str | None = connection.execute(select(_table.c.case_key).where(duplicates, _table.c.id != row.id)).scalar_one_or_none()
    return other


def _settle(connection: Connection, row: Row[Any], now: datetime, **new: object) -> None:
    fields = {"worker": None, "until": None, "changed_at": now, **new}
    connection.execute(update(_table).where(_table.c.id == row.id).values(**fields))


def release_unsent(ledger: Ledger, worker: str, delivery_ids: Sequence[str], now: datetime) -> None:
    """Release claimed deliveries that were certainly not sent.

    The next run need not wait for the lease to expire.
    """
    with writing(ledger) as connection:
        for delivery_id in delivery_ids:
            row, is_current = _locked(connection, delivery_id)
            if row.state == "sending" and row.worker == worker and is_current:
                _settle(connection, row, now, state="pending")
