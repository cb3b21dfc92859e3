"""Store incident memberships, suggestions, and the match keys of posts.

Later posts find earlier ones by these keys.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core.records.annotation import Annotation
from core.records.decision import CONTEXT_ONLY, Decision
from core.records.post import Post
from ledger import schema
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger, insert
from ledger.database.writing import writing
from ledger.mapping import ANNOTATION, CHUNK, annotation_of, changed_values, post_of
from ledger.processing.labels import corrections_of

BY_A_PERSON = "person:"
"""Prefix of the reason of a decision made by a person."""


def write_memberships(connection: Connection, decisions: Sequence[Decision], who: str, now: datetime) -> None:
    """Write memberships, suggestions and match keys of decided posts.

    Memberships set by a person stay.
    """
    decided = [one for one in decisions if one.belongs_to is not None]
    rows = [
        {"post_id": one.post_id, "incident_key": one.belongs_to, "who": who, "probability": one.probability, "at": now, "has_keys": True}
        for one in decided
    ]
    if rows:
        statement = insert(connection, schema.incident_posts)
        new = {name: statement.excluded[name] for name in ("incident_key", "who", "probability", "at", "has_keys")}
        mine = None if who != ESCUCHA else schema.incident_posts.c.who == ESCUCHA
        connection.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=new, where=mine), rows)
    _write_suggestions(connection, decisions)
    _write_keys(connection, {one.post_id: (one.at, one.keys) for one in decided if one.keys or one.reason.startswith(CONTEXT_ONLY)})


def _write_suggestions(connection: Connection, decisions: Sequence[Decision]) -> None:
    table = schema.incident_suggestions
    ids = [one.post_id for one in decisions]
    for start in range(0, len(ids), CHUNK):
        connection.execute(delete(table).where(table.c.post_id.in_(ids[start : start + CHUNK])))
    rows = [
        {"post_id": one.post_id, "rank": rank, "incident_key": each.incident, "probability": each.probability}
        for one in decisions
        for rank, each in enumerate(one.suggestions, 1)
    ]
    if rows:
        connection.execute(table.insert(), rows)


def _write_keys(connection: Connection, keys: Mapping[str, tuple[float, Sequence[int]]]) -> None:
    drop_keys(connection, list(keys))
    rows = [{"key": key, "at": at, "post_id": post_id} for post_id, (at, some) in keys.items() for key in some]
    if rows:
        connection.execute(schema.match_keys.insert(), rows)


def drop_keys(connection: Connection, post_ids: Sequence[str]) -> None:
    """Delete the match keys of these posts."""
    table = schema.match_keys
    for start in range(0, len(post_ids), CHUNK):
        connection.execute(delete(table).where(table.c.post_id.in_(post_ids[start : start + CHUNK])))


def drop_changed_keys(connection: Connection, post_ids: Sequence[str]) -> None:
    """Delete the match keys of posts whose text changed.

    New keys are written after the next annotation.
    """
    drop_keys(connection, post_ids)
    members = schema.incident_posts
    connection.execute(update(members).where(members.c.post_id.in_(post_ids)).values(has_keys=False))


def with_posts_outside_cases(connection: Connection, incident_keys: Collection[str]) -> set[str]:
    """Return the incidents that have posts in no case.

    `promote` decides which of these posts a new case takes.
    """
    posts, members = schema.posts.c, schema.incident_posts.c
    found: set[str] = set()
    keys = sorted(incident_keys)
    for start in range(0, len(keys), CHUNK):
        statement = select(members.incident_key).join(schema.posts, posts.post_id == members.post_id).distinct()
        some = members.incident_key.in_(keys[start : start + CHUNK]), posts.decision.in_(("no_case", "in_review"))
        found |= set(connection.execute(statement.where(*some)).scalars())
    return found


def take_into_case(connection: Connection, incident_key: str, except_ids: Sequence[str]) -> list[str]:
    """Take the incident's other posts into its new case; return their ids.

    Posts that a person decided stay.
    """
    posts, members = schema.posts, schema.incident_posts
    of_incident = select(members.c.post_id).where(members.c.incident_key == incident_key)
    statement = (
        select(posts.c.post_id)
        .where(posts.c.post_id.in_(of_incident), posts.c.state == "classified")
        .where(posts.c.decision.in_(("no_case", "in_review")), posts.c.decided_by.is_(None))
        .where(~posts.c.decision_reason.startswith(BY_A_PERSON), ~posts.c.decision_reason.startswith(CONTEXT_ONLY))
        .order_by(posts.c.created_at, posts.c.post_id)
        .with_for_update()
    )
    ids = [one for one in connection.execute(statement).scalars() if one not in set(except_ids)]
    later = posts.c.decision_reason + "; later its incident became a case"
    for start in range(0, len(ids), CHUNK):
        some = posts.c.post_id.in_(ids[start : start + CHUNK])
        connection.execute(update(posts).where(some).values(**changed_values(posts), decision="in_case", decision_reason=later))
        suggestions = schema.incident_suggestions
        connection.execute(delete(suggestions).where(suggestions.c.post_id.in_(ids[start : start + CHUNK])))
    return ids


def posts_without_keys(ledger: Ledger, limit: int) -> list[tuple[Post, Annotation]]:
    """Return decided posts without match keys.

    They were decided by an older version, or their text changed.
    """
    posts, annotations, members = schema.posts, schema.annotations, schema.incident_posts
    statement = (
        select(posts, *ANNOTATION)
        .join(members, members.c.post_id == posts.c.post_id)
        .join(annotations, annotations.c.post_id == posts.c.post_id)
        .where(~members.c.has_keys, posts.c.state == "classified")
        .order_by(posts.c.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
        corrections = corrections_of(connection, [row.post_id for row in rows])
    return [(post_of(row), annotation_of(row, corrections.get(row.post_id, {}))) for row in rows]


def store_keys(ledger: Ledger, keys: Mapping[str, tuple[float, Sequence[int]]]) -> None:
    """Write match keys of posts that have none.

    A post that was erased or queued again meanwhile is skipped.
    """
    members, posts = schema.incident_posts, schema.posts
    with writing(ledger) as connection:
        here = select(posts.c.post_id).where(posts.c.post_id.in_(list(keys)), posts.c.state == "classified")
        annotated = set(connection.execute(here.order_by(posts.c.post_id).with_for_update()).scalars())
        _write_keys(connection, {post_id: some for post_id, some in keys.items() if post_id in annotated})
        connection.execute(update(members).where(members.c.post_id.in_(sorted(annotated))).values(has_keys=True))


def prune(ledger: Ledger, before: float) -> int:
    """Delete keys of posts older than this (Unix seconds); return how many.

    None are deleted while posts are pending, which may be older.
    """
    keys, posts = schema.match_keys, schema.posts
    waits = (posts.c.state == "pending") | ((posts.c.state == "classified") & (posts.c.decision == "untriaged"))
    with writing(ledger) as connection:
        if connection.execute(select(posts.c.post_id).where(waits).limit(1)).first() is not None:
            return 0
        return int(connection.execute(delete(keys).where(keys.c.at < before)).rowcount)


def drop_posts(connection: Connection, post_ids: Sequence[str]) -> None:
    """Delete every trace of these posts from the incidents."""
    tables: Sequence[Any] = (schema.incident_posts, schema.incident_suggestions, schema.incident_rulings, schema.match_keys)
    for table in tables:
        connection.execute(delete(table).where(table.c.post_id.in_(post_ids)))
