"""Forgetting: what a person wrote leaves every table, file and index; a stub keeps the counters right and refuses its return."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from ledger import memberships, schema
from ledger.keeping_numbers import keep_numbers
from ledger.open import Ledger
from ledger.rows import CHUNK, lease_is_over
from ledger.upsert import insert
from ledger.wiping import note_due, wipe_if_due

RETENTION = "retention"
UPSTREAM = "upstream"
"""Deleted by its author or its network."""


def forget_older(ledger: Ledger, before: datetime, now: datetime) -> int:
    """Forget every post written before this moment; how many there were."""
    old = select(schema.posts.c.post_id).where(schema.posts.c.created_at < before)
    return _forget_all(ledger, old, RETENTION, now)


def erase_author(ledger: Ledger, author: str, reason: str, now: datetime) -> int:
    """Forget every post of this pseudonym; how many there were."""
    theirs = select(schema.posts.c.post_id).where(schema.posts.c.author == author)
    return _forget_all(ledger, theirs, reason, now)


def erase_post(ledger: Ledger, post_id: str, reason: str, now: datetime) -> bool:
    """Forget one post; False when the ledger has none of this id."""
    this = select(schema.posts.c.post_id).where(schema.posts.c.post_id == post_id)
    return _forget_all(ledger, this, reason, now) == 1


def forget_upstream(
    connection: Connection, source: str, post_ids: Sequence[str], now: datetime, refuse_others: bool = True
) -> int:
    """Forget posts that were deleted on their network, in a transaction of the caller's; how many of them were here.

    The others must not come in later; without `refuse_others` nothing is kept of posts that are not here.
    """
    if not post_ids:
        return 0
    # The source's pages come one after the other through this row: none stores one of these posts at the same moment.
    cursors = schema.cursors.c
    connection.execute(select(cursors.number).where(cursors.source == source).with_for_update())
    known = _known(connection, source, post_ids)
    unknown = [one for one in dict.fromkeys(post_ids) if one not in known]
    if unknown and refuse_others:
        stubs = [{"post_id": one, "source": source, "run_id": None, "reason": UPSTREAM, "at": now} for one in unknown]
        connection.execute(insert(connection, schema.stubs).on_conflict_do_nothing(), stubs)
    _forget(connection, sorted(known), UPSTREAM, now)
    return len(known)


def _known(connection: Connection, source: str, post_ids: Sequence[str]) -> set[str]:
    posts = schema.posts.c
    found: set[str] = set()
    for start in range(0, len(post_ids), CHUNK):
        some = posts.post_id.in_(post_ids[start : start + CHUNK])
        found |= set(connection.execute(select(posts.post_id).where(some, posts.source == source)).scalars())
    return found


def _forget_all(ledger: Ledger, which: Select[tuple[str]], reason: str, now: datetime) -> int:
    """Piece by piece, each in a transaction of its own: killed in between, the next run does the rest."""
    total = 0
    piece = which.order_by(schema.posts.c.post_id).limit(CHUNK).with_for_update()
    while True:
        with ledger.write() as connection:
            ids = list(connection.execute(piece).scalars())
            _forget(connection, ids, reason, now)
        total += len(ids)
        if len(ids) < CHUNK:
            break
    wipe_if_due(ledger)
    return total


def _forget(connection: Connection, ids: Sequence[str], reason: str, now: datetime) -> None:
    """Every trace of these posts; the case keeps its numbers."""
    for start in range(0, len(ids), CHUNK):
        _forget_piece(connection, ids[start : start + CHUNK], reason, now)


def _forget_piece(connection: Connection, ids: Sequence[str], reason: str, now: datetime) -> None:
    posts = schema.posts
    rows = connection.execute(
        select(posts).where(posts.c.post_id.in_(ids)).order_by(posts.c.post_id).with_for_update()
    ).all()
    if not rows:
        return
    stubs = [_stub(row, reason, now) for row in rows]
    connection.execute(insert(connection, schema.stubs).on_conflict_do_nothing(), stubs)
    deletions = [_deletion(row, now) for row in rows if row.in_engine]
    if deletions:
        connection.execute(insert(connection, schema.deletions).on_conflict_do_nothing(), deletions)
    keep_numbers(connection, {row.post_id: row.text for row in rows}, now)
    audit = schema.audit
    connection.execute(update(audit).where(audit.c.subject.in_(ids)).values(why=""))  # staff may have quoted the post
    note_due(connection)
    memberships.drop(connection, ids)
    for table in (schema.origins, schema.corrections, schema.labels, schema.readings, posts):
        connection.execute(delete(table).where(table.c.post_id.in_(ids)))


def _stub(row: Row[Any], reason: str, now: datetime) -> dict[str, Any]:
    return {"post_id": row.post_id, "source": row.source, "run_id": row.run_id, "reason": reason, "at": now}


def _deletion(row: Row[Any], now: datetime) -> dict[str, Any]:
    """Whoever writes this document at the moment must be done, or too late, before it is deleted."""
    over = lease_is_over(row.index_until, now)
    return {
        "post_id": row.post_id,
        "queued_at": now,
        "held_by": None if over else row.index_worker,
        "held_until": None if over else row.index_until,
    }
