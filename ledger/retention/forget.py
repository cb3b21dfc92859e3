"""Forget posts: delete them from every table, file and index.

A tombstone keeps the counters right and refuses the post's return.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from core.records import Record
from ledger import gold, saved_views, schema, warnings
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK, is_lease_expired
from ledger.processing import memberships
from ledger.retention.anonymise_cases import anonymise_cases
from ledger.retention.past_counts import keep_counts
from ledger.retention.post_days import compact_post_days
from ledger.retention.suppression_journal import JournalEntry
from ledger.retention.vacuum import schedule_vacuum, vacuum_if_due

RETENTION = "retention"
UPSTREAM = "upstream"
"""Deleted by its author or its network."""


class DuePosts(Record):
    """Count the posts that are due, beside all posts."""

    posts: int
    """Written before the retention began."""
    backlog: int
    """Of these: should have been forgotten by an earlier run."""
    all_posts: int
    days: int
    """From the oldest post to the newest, 1 or more."""


def due(ledger: Ledger, before: datetime, backlog_before: datetime) -> DuePosts:
    """Count what `forget_older` would forget.

    Posts written before `backlog_before` are its backlog.
    """
    created = schema.posts.c.created_at
    counts = select(
        func.count().filter(created < before),
        func.count().filter(created < backlog_before),
        func.count(),
        func.min(created),
        func.max(created),
    )
    with ledger.read() as connection:
        posts, backlog, all_posts, oldest, newest = connection.execute(counts.select_from(schema.posts)).one()
    days = (newest - oldest).days if all_posts else 0
    return DuePosts(posts=posts, backlog=backlog, all_posts=all_posts, days=max(1, days))


def forget_older(ledger: Ledger, before: datetime, now: datetime, limit: int | None = None) -> int:
    """Forget posts written before this moment; return how many.

    With `limit` only the oldest of them.
    """
    old = select(schema.posts.c.post_id).where(schema.posts.c.created_at < before).order_by(schema.posts.c.created_at)
    forgotten = _forget_all(ledger, old, RETENTION, now, limit)
    compact_post_days(ledger)
    return forgotten


def erase_author(ledger: Ledger, author: str, reason: str, now: datetime) -> int:
    """Erase every post of this pseudonym; return how many.

    After a kill the next opening of the ledger finishes it from the journal.
    """
    if ledger.journal is not None:
        ledger.journal.append([JournalEntry(act="erase", subject=author, at=now)])
    return forget_author(ledger, author, reason, now)


def forget_author(ledger: Ledger, author: str, reason: str, now: datetime, received_until: datetime | None = None) -> int:
    """Forget the posts of this pseudonym; return how many.

    With `received_until` only those received until then.
    """
    posts = schema.posts.c
    theirs = select(posts.post_id).where(posts.author == author)
    if received_until is not None:
        theirs = theirs.where(posts.received_at <= received_until)
    return _forget_all(ledger, theirs, reason, now)


def erase_post(ledger: Ledger, post_id: str, reason: str, now: datetime) -> bool:
    """Erase one post; False when there is none with this id."""
    this = select(schema.posts.c.post_id).where(schema.posts.c.post_id == post_id)
    return _forget_all(ledger, this, reason, now) == 1


def forget_upstream(
    connection: Connection, source: str, post_ids: Sequence[str], now: datetime, refuse_others: bool = True, reason: str = UPSTREAM
) -> int:
    """Forget posts deleted upstream, in the caller's transaction; return how many.

    Tombstones refuse the others if they come in later; without `refuse_others` nothing is kept of posts that are not stored.
    """
    if not post_ids:
        return 0
    # This row serialises the pages of the source: none stores one of these posts at the same moment.
    cursors = schema.cursors.c
    connection.execute(select(cursors.number).where(cursors.source == source).with_for_update())
    known = _known(connection, source, post_ids)
    unknown = [one for one in dict.fromkeys(post_ids) if one not in known]
    if unknown and refuse_others:
        refused = _refused(connection, unknown)
        new = [one for one in unknown if one not in refused]
        _write_tombstones(connection, [{"post_id": one, "source": source, "run_id": None, "reason": reason, "at": now} for one in new])
    _forget(connection, sorted(known), reason, now)
    return len(known)


def _known(connection: Connection, source: str, post_ids: Sequence[str]) -> set[str]:
    posts = schema.posts.c
    found: set[str] = set()
    for start in range(0, len(post_ids), CHUNK):
        some = posts.post_id.in_(post_ids[start : start + CHUNK])
        found |= set(connection.execute(select(posts.post_id).where(some, posts.source == source)).scalars())
    return found


def _refused(connection: Connection, post_ids: Sequence[str]) -> set[str]:
    tombstones = schema.tombstones.c
    found: set[str] = set()
    for start in range(0, len(post_ids), CHUNK):
        some = tombstones.post_id.in_(post_ids[start : start + CHUNK])
        found |= set(connection.execute(select(tombstones.post_id).where(some)).scalars())
    return found


def _write_tombstones(connection: Connection, tombstones: Sequence[dict[str, Any]]) -> None:
    """Write tombstones, to the journal first.

    A backup restored later must not bring these posts back. Posts past the retention are not journalled: `forget` removes them again.
    """
    if not tombstones:
        return
    journal = connection.get_execution_options().get("journal")
    if journal is not None:
        lasting = [one for one in tombstones if one["reason"] != RETENTION]
        journal.append(
            [JournalEntry(act="post", subject=one["post_id"], at=one["at"], source=one["source"], reason=one["reason"]) for one in lasting]
        )
    connection.execute(insert(connection, schema.tombstones).on_conflict_do_nothing(), tombstones)


def _forget_all(ledger: Ledger, which: Select[tuple[str]], reason: str, now: datetime, limit: int | None = None) -> int:
    """Forget in pieces, each in one transaction; return how many.

    After a kill the next run does the rest.
    """
    total = 0
    ordered = which.order_by(schema.posts.c.post_id).with_for_update()
    while limit is None or total < limit:
        size = CHUNK if limit is None else min(CHUNK, limit - total)
        with writing(ledger) as connection:
            ids = list(connection.execute(ordered.limit(size)).scalars())
            _forget(connection, ids, reason, now)
        total += len(ids)
        if len(ids) < size:
            break
    vacuum_if_due(ledger)
    return total


def _forget(connection: Connection, ids: Sequence[str], reason: str, now: datetime) -> None:
    """Delete every trace of these posts; their cases keep their counts."""
    for start in range(0, len(ids), CHUNK):
        _forget_piece(connection, ids[start : start + CHUNK], reason, now)


def _forget_piece(connection: Connection, ids: Sequence[str], reason: str, now: datetime) -> None:
    posts = schema.posts
    rows = connection.execute(select(posts).where(posts.c.post_id.in_(ids)).order_by(posts.c.post_id).with_for_update()).all()
    if not rows:
        return
    _write_tombstones(connection, [_tombstone(row, reason, now) for row in rows])
    deletions = [_deletion(row, now) for row in rows if row.in_engine]
    if deletions:
        connection.execute(insert(connection, schema.index_deletions).on_conflict_do_nothing(), deletions)
    if reason == RETENTION:
        keep_counts(connection, ids)
    anonymise_cases(connection, {row.post_id: row.text for row in rows}, now)
    audit = schema.audit
    connection.execute(update(audit).where(audit.c.subject.in_(ids)).values(why=""))  # staff may have quoted the post
    schedule_vacuum(connection)
    memberships.drop_posts(connection, ids)
    warnings.drop_posts(connection, ids)
    saved_views.drop_posts(connection, ids)
    gold.drop_posts(connection, ids)
    for table in (schema.origins, schema.corrections, schema.labels, schema.annotations, posts):
        connection.execute(delete(table).where(table.c.post_id.in_(ids)))


def _tombstone(row: Row[Any], reason: str, now: datetime) -> dict[str, Any]:
    return {"post_id": row.post_id, "source": row.source, "run_id": row.run_id, "reason": reason, "at": now}


def _deletion(row: Row[Any], now: datetime) -> dict[str, Any]:
    """Return the index deletion of a post.

    A worker that is writing this document must finish, or lose its lease, before the document is deleted.
    """
    over = is_lease_expired(row.index_until, now)
    return {
        "post_id": row.post_id,
        "queued_at": now,
        "held_by": None if over else row.index_worker,
        "held_until": None if over else row.index_until,
        "month": row.month,
    }
