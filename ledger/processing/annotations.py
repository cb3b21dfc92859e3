"""Annotation: posts that wait are lent to a reader for a while, and what it found is written down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from core.annotation import Annotation, Quarantined
from core.post import Post
from ledger import schema
from ledger.database import Ledger
from ledger.database.upsert import insert
from ledger.mapping import CHUNK, LABELS, post_of, unread_again
from ledger.processing.labels import write_labels

MODEL = "reader_model"


def claim_pending(ledger: Ledger, worker: str, limit: int, now: datetime, lease: timedelta) -> list[Post]:
    """Posts that wait for the reader, oldest first, lent to this worker; nobody else gets them before the lease ends.

    Reposts and what the city writes itself never become a case: they are read too, but nobody's complaint waits for them.
    One name is one worker that does one thing after the other: a second reader needs a name of its own.
    """
    posts = schema.posts.c
    never_a_case = (posts.kind == "repost") | posts.own
    lent = {"read_worker": worker, "read_until": now + lease}
    with ledger.write() as connection:
        rows = _lend(connection, ~never_a_case, limit, now, lent)
        if len(rows) < limit:
            rows += _lend(connection, never_a_case, limit - len(rows), now, lent)
    return [post_of(row) for row in rows]


def _lend(
    connection: Connection, which: ColumnElement[bool], limit: int, now: datetime, lent: dict[str, Any]
) -> list[Row[Any]]:
    posts = schema.posts
    free = posts.c.read_until.is_(None) | (posts.c.read_until <= now)
    waiting = (
        select(posts.c.post_id)
        .where(posts.c.state == "pending", free, which)
        .order_by(posts.c.created_at, posts.c.post_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    take = update(posts).where(posts.c.post_id.in_(waiting.scalar_subquery())).values(**lent).returning(posts)
    return sorted(connection.execute(take), key=lambda row: (row.created_at, row.post_id))


def store_annotations(
    ledger: Ledger, worker: str, readings: Sequence[Annotation], unread: Sequence[Quarantined], now: datetime
) -> int:
    """Write down what was found, and why some could not be read; how many were written.

    A post whose lease this worker has lost, or whose text changed meanwhile, is left alone: somebody reads it again.
    """
    with ledger.write() as connection:
        ids = [one.post_id for one in readings] + [one.post_id for one in unread]
        held = _held(connection, worker, ids)
        mine = [one for one in readings if one.post_id in held]
        not_mine_to_read = [one for one in unread if one.post_id in held]
        _write_readings(connection, mine, held, now)
        _set_state(connection, "classified", {one.post_id: None for one in mine})
        _set_state(connection, "quarantined", {one.post_id: one.reason for one in not_mine_to_read})
        _remember_model(connection, mine)
    return len(mine) + len(not_mine_to_read)


def _held(connection: Connection, worker: str, post_ids: Sequence[str]) -> dict[str, int]:
    """Of these posts, those this worker still holds, with the version of their text."""
    posts = schema.posts.c
    found: dict[str, int] = {}
    post_ids = sorted(post_ids)
    for start in range(0, len(post_ids), CHUNK):
        rows = connection.execute(
            select(posts.post_id, posts.text_version)
            .where(posts.post_id.in_(post_ids[start : start + CHUNK]))
            .where(posts.state == "pending", posts.read_worker == worker)
            .order_by(posts.post_id)
            .with_for_update()
        )
        found |= {row.post_id: row.text_version for row in rows}
    return found


def _write_readings(
    connection: Connection, readings: Sequence[Annotation], versions: dict[str, int], now: datetime
) -> None:
    if not readings:
        return
    rows = [
        {
            "post_id": one.post_id,
            "text_version": versions[one.post_id],
            "embedding": one.embedding,
            "labels": LABELS.dump_json(one.labels).decode(),
            "model": one.model,
            "truncated": one.truncated,
            "read_at": now,
        }
        for one in readings
    ]
    statement = insert(connection, schema.readings)
    new = {name: statement.excluded[name] for name in rows[0] if name != "post_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=new), rows)
    write_labels(connection, {one.post_id: (one.labels, one.model) for one in readings})


def _set_state(connection: Connection, state: str, reasons: dict[str, str | None]) -> None:
    """One statement for each reason: all that were read have none."""
    posts = schema.posts
    for reason in set(reasons.values()):
        ids = [post_id for post_id, why in reasons.items() if why == reason]
        for start in range(0, len(ids), CHUNK):
            some = update(posts).where(posts.c.post_id.in_(ids[start : start + CHUNK]))
            connection.execute(some.values(**(unread_again() | {"state": state, "state_reason": reason})))


def _remember_model(connection: Connection, readings: Sequence[Annotation]) -> None:
    if readings:
        statement = insert(connection, schema.meta).values(name=MODEL, value=readings[-1].model)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        )


def requeue_outdated(ledger: Ledger, model: str) -> int:
    """Let this model read again what another revision read or could not read; how many posts wait because of that.

    Corrections, cases and what a person decided stay as they are.
    """
    posts, readings = schema.posts, schema.readings
    by_another = posts.c.post_id.in_(select(readings.c.post_id).where(readings.c.model != model))
    with ledger.write() as connection:
        last = connection.execute(select(schema.meta.c.value).where(schema.meta.c.name == MODEL)).scalar_one_or_none()
        outdated = (posts.c.state == "classified") & by_another
        if last is not None and last != model:
            outdated = outdated | (posts.c.state == "quarantined")
        ids = list(
            connection.execute(
                select(posts.c.post_id).where(outdated).order_by(posts.c.post_id).with_for_update()
            ).scalars()
        )
        for start in range(0, len(ids), CHUNK):
            some = posts.c.post_id.in_(ids[start : start + CHUNK])
            undecided = posts.c.decided_by.is_(None) & (posts.c.decision != "in_case")
            connection.execute(update(posts).where(some, undecided).values(decision="untriaged", decision_reason=""))
            connection.execute(update(posts).where(some).values(**unread_again()))
    return len(ids)
