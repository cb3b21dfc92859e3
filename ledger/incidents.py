"""Incidents as triage knows them: the case of each, and the posts in it with their readings."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Subquery, func, select

from core.case import Incident
from core.decision import KnownIncident
from core.post import Post
from core.reading import Reading
from ledger import schema
from ledger.labels import corrections_of
from ledger.open import Ledger
from ledger.rows import case_of, post_of, reading_of

CLOSED = ("resolved", "rejected")
KNOWN_BY = 50
"""An incident is recognised by so many of its first posts and as many of its last: all would be too many in a storm of thousands."""


def open_incidents(ledger: Ledger, since: datetime) -> list[KnownIncident]:
    """The incidents with a post of `since` or later, closed ones too (a new post may open them again), merged ones not."""
    with ledger.read() as connection:
        return _known(connection, schema.incidents.c.last_at >= since)


def known_around(ledger: Ledger, post: Post, days: int) -> list[KnownIncident]:
    """The incidents this post may speak of."""
    incidents, span = schema.incidents.c, timedelta(days=days)
    with ledger.read() as connection:
        return _known(
            connection, (incidents.last_at >= post.created_at - span) & (incidents.first_at <= post.created_at + span)
        )


def _known(connection: Connection, which: ColumnElement[bool]) -> list[KnownIncident]:
    incidents, cases, steps = schema.incidents, schema.cases, schema.transitions.c
    closed_at = (
        select(func.max(steps.at)).where(steps.case_key == cases.c.case_key, steps.state.in_(CLOSED)).scalar_subquery()
    )
    statement = (
        select(cases, incidents.c.place_key, incidents.c.first_at, incidents.c.last_at, closed_at.label("closed_at"))
        .join(incidents, incidents.c.incident_key == cases.c.incident_key)
        .where(which, cases.c.state != "merged")
        .order_by(cases.c.received_at, cases.c.case_key)
    )
    rows = connection.execute(statement).all()
    members = _members(connection, which)
    return [_incident(row, members[row.case_key]) for row in rows if members[row.case_key]]


def _incident(row: Row[Any], members: list[tuple[Post, Reading]]) -> KnownIncident:
    ids = tuple(post.post_id for post, _ in members)
    return KnownIncident(
        incident=Incident(
            key=row.incident_key,
            topic=row.topic,
            place_key=row.place_key,
            first_at=row.first_at,
            last_at=row.last_at,
            post_ids=ids,
        ),
        case=case_of(row, ids),
        closed_at=row.closed_at if row.state in CLOSED else None,
        members=tuple(members),
        posts=row.posts - row.forgotten,
    )


def _members(connection: Connection, which: ColumnElement[bool]) -> dict[str, list[tuple[Post, Reading]]]:
    """By case: the first and last of its posts that are read, oldest first."""
    posts, readings, numbered = schema.posts, schema.readings, _numbered(which)
    first_or_last = (numbered.c.nth <= KNOWN_BY) | (numbered.c.nth > numbered.c.read - KNOWN_BY)
    found_in = numbered.c.case_key
    statement = (
        select(posts, readings.c.embedding, readings.c.labels, readings.c.model, readings.c.truncated, found_in)
        .join(numbered, numbered.c.post_id == posts.c.post_id)
        .join(readings, readings.c.post_id == posts.c.post_id)
        .where(first_or_last)
        .order_by(posts.c.created_at, posts.c.post_id)
    )
    rows = connection.execute(statement).all()
    said = corrections_of(connection, [row.post_id for row in rows])
    found: dict[str, list[tuple[Post, Reading]]] = defaultdict(list)
    for row in rows:
        found[row.case_key].append((post_of(row), reading_of(row, said.get(row.post_id, {}))))
    return found


def _numbered(which: ColumnElement[bool]) -> Subquery:
    """The posts of these incidents that are read: the how manieth of its case each is, and of how many."""
    posts, case_posts, cases, incidents = schema.posts, schema.case_posts, schema.cases, schema.incidents
    key = case_posts.c.case_key
    nth = func.row_number().over(partition_by=key, order_by=(posts.c.created_at, posts.c.post_id))
    return (
        select(key, posts.c.post_id, nth.label("nth"), func.count().over(partition_by=key).label("read"))
        .join(case_posts, case_posts.c.post_id == posts.c.post_id)
        .join(cases, cases.c.case_key == key)
        .join(incidents, incidents.c.incident_key == cases.c.incident_key)
        .join(schema.readings, schema.readings.c.post_id == posts.c.post_id)
        .where(which)
        .subquery()
    )
