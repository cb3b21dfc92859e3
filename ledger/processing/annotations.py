"""Claim pending posts for annotation and store the annotations."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, true, update

from core.records.annotation import Annotation, Quarantined
from core.records.post import EXAMPLE, Post
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK, LABELS, post_of, requeue_values
from ledger.processing.labels import write_labels

MODEL = "annotation_model"


def claim_pending(ledger: Ledger, worker: str, limit: int, now: datetime, lease: timedelta, since: datetime | None = None) -> list[Post]:
    """Claim pending posts, oldest first, until the lease expires.

    Reposts and the city's own posts never become a case, so they come last. A worker name is one worker that works sequentially: a second
    annotator needs another name. Posts written before `since` are left to a later call.
    """
    posts = schema.posts.c
    never_a_case = (posts.kind == "repost") | posts.own
    claimed = {"annotate_worker": worker, "annotate_until": now + lease}
    with writing(ledger) as connection:
        recent = _recent(since)
        rows = _claim(connection, recent & ~never_a_case, limit, now, claimed)
        if len(rows) < limit:
            rows += _claim(connection, recent & never_a_case, limit - len(rows), now, claimed)
    return [post_of(row) for row in rows]


def count_pending(ledger: Ledger, since: datetime | None = None) -> int:
    """Count the posts that wait for annotation, or that a worker holds.

    Those written before `since` are not counted.
    """
    posts = schema.posts.c
    pending = select(func.count()).where(posts.state == "pending", _recent(since))
    with ledger.read() as connection:
        return int(connection.execute(pending).scalar_one())


def _recent(since: datetime | None) -> ColumnElement[bool]:
    """Match the posts of a time on, and the example month."""
    posts = schema.posts.c
    if since is None:
        return true()
    return (posts.created_at >= since) | posts.source.startswith(EXAMPLE, autoescape=True)


def claim_one(ledger: Ledger, worker: str, post_id: str, now: datetime, lease: timedelta) -> Post | None:
    """Claim one pending post.

    None: it is not pending, or another worker has it.
    """
    claimed = {"annotate_worker": worker, "annotate_until": now + lease}
    with writing(ledger) as connection:
        rows = _claim(connection, schema.posts.c.post_id == post_id, 1, now, claimed)
    return post_of(rows[0]) if rows else None


def _claim(connection: Connection, which: ColumnElement[bool], limit: int, now: datetime, claimed: dict[str, Any]) -> list[Row[Any]]:
    posts = schema.posts
    free = posts.c.annotate_until.is_(None) | (posts.c.annotate_until <= now)
    waiting = (
        select(posts.c.post_id)
        .where(posts.c.state == "pending", free, which)
        .order_by(posts.c.created_at, posts.c.post_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    take = update(posts).where(posts.c.post_id.in_(waiting.scalar_subquery())).values(**claimed).returning(posts)
    return sorted(connection.execute(take), key=lambda row: (row.created_at, row.post_id))


def store_annotations(ledger: Ledger, worker: str, annotations: Sequence[Annotation], failed: Sequence[Quarantined], now: datetime) -> int:
    """Store annotations and quarantine reasons; return how many were stored.

    A post whose lease this worker has lost, or whose text changed meanwhile, is skipped: it is annotated again.
    """
    with writing(ledger) as connection:
        ids = [one.post_id for one in annotations] + [one.post_id for one in failed]
        held = _held(connection, worker, ids)
        mine = [one for one in annotations if one.post_id in held]
        quarantined = [one for one in failed if one.post_id in held]
        _write_annotations(connection, mine, held, now)
        _set_state(connection, "classified", {one.post_id: None for one in mine})
        _set_state(connection, "quarantined", {one.post_id: one.reason for one in quarantined})
        _remember_model(connection, mine)
    return len(mine) + len(quarantined)


def _held(connection: Connection, worker: str, post_ids: Sequence[str]) -> dict[str, int]:
    """Return the posts this worker still holds, with their text versions."""
    posts = schema.posts.c
    found: dict[str, int] = {}
    post_ids = sorted(post_ids)
    for start in range(0, len(post_ids), CHUNK):
        rows = connection.execute(
            select(posts.post_id, posts.text_version)
            .where(posts.post_id.in_(post_ids[start : start + CHUNK]))
            .where(posts.state == "pending", posts.annotate_worker == worker)
            .order_by(posts.post_id)
            .with_for_update()
        )
        found |= {row.post_id: row.text_version for row in rows}
    return found


def _write_annotations(connection: Connection, annotations: Sequence[Annotation], versions: dict[str, int], now: datetime) -> None:
    if not annotations:
        return
    rows = [
        {
            "post_id": one.post_id,
            "text_version": versions[one.post_id],
            "embedding": one.embedding,
            "labels": LABELS.dump_json(one.labels).decode(),
            "model": one.model,
            "truncated": one.truncated,
            "features": one.features,
            "annotated_at": now,
        }
        for one in annotations
    ]
    statement = insert(connection, schema.annotations)
    new = {name: statement.excluded[name] for name in rows[0] if name != "post_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=new), rows)
    write_labels(connection, {one.post_id: (one.labels, one.model) for one in annotations})


def _set_state(connection: Connection, state: str, reasons: dict[str, str | None]) -> None:
    """Set the state with one statement a reason; annotated posts have none."""
    posts = schema.posts
    for reason in set(reasons.values()):
        ids = [post_id for post_id, why in reasons.items() if why == reason]
        for start in range(0, len(ids), CHUNK):
            some = update(posts).where(posts.c.post_id.in_(ids[start : start + CHUNK]))
            connection.execute(some.values(**(requeue_values() | {"state": state, "state_reason": reason})))


def _remember_model(connection: Connection, annotations: Sequence[Annotation]) -> None:
    if annotations:
        statement = insert(connection, schema.meta).values(name=MODEL, value=annotations[-1].model)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))


def requeue_outdated(ledger: Ledger, model: str) -> int:
    """Queue posts annotated by another model revision again; return how many.

    Quarantined posts too. Corrections, cases and decisions of people stay as they are.
    """
    posts, annotations = schema.posts, schema.annotations
    by_another = posts.c.post_id.in_(select(annotations.c.post_id).where(annotations.c.model != model))
    with writing(ledger) as connection:
        last = connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == MODEL)).scalar_one_or_none()
        outdated = (posts.c.state == "classified") & by_another
        if last is not None and last != model:
            outdated = outdated | (posts.c.state == "quarantined")
        ids = list(connection.execute(select(posts.c.post_id).where(outdated).order_by(posts.c.post_id).with_for_update()).scalars())
        for start in range(0, len(ids), CHUNK):
            some = posts.c.post_id.in_(ids[start : start + CHUNK])
            undecided = posts.c.decided_by.is_(None) & (posts.c.decision != "in_case")
            connection.execute(update(posts).where(some, undecided).values(decision="untriaged", decision_reason=""))
            connection.execute(update(posts).where(some).values(**requeue_values()))
    return len(ids)
