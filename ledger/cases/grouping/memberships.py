"""Move posts between cases and incidents, and keep every counter right.

Each function works inside a transaction of the caller, who holds the lease `triage`: no machine decides meanwhile.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from core.records.case import CASEBOOK
from ledger import schema
from ledger.cases import counts
from ledger.delivery.deliveries import enqueue
from ledger.mapping import CHUNK, changed_values


def chunks(post_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield parts of a list that fit into one statement.

    >>> [len(part) for part in chunks(["a"] * 1200)]
    [500, 500, 200]
    """
    for start in range(0, len(post_ids), CHUNK):
        yield post_ids[start : start + CHUNK]


def posts_of(connection: Connection, case_key: str) -> list[str]:
    """Return the ids of the posts of a case, sorted."""
    table = schema.case_posts.c
    return list(connection.execute(select(table.post_id).where(table.case_key == case_key).order_by(table.post_id)).scalars())


def move_posts(connection: Connection, post_ids: Sequence[str], case_key: str) -> None:
    """Move posts from their case to another one.

    Each post's document is indexed again.
    """
    table, posts = schema.case_posts, schema.posts
    for some in chunks(post_ids):
        connection.execute(update(table).where(table.c.post_id.in_(some)).values(case_key=case_key))
        connection.execute(update(posts).where(posts.c.post_id.in_(some)).values(**changed_values(posts)))


def move_members(connection: Connection, post_ids: Sequence[str], incident_key: str, who: str, now: datetime) -> None:
    """Put posts into an incident because a person says so."""
    table = schema.incident_posts
    new = {"incident_key": incident_key, "who": who, "probability": 1.0, "at": now}
    for some in chunks(post_ids):
        connection.execute(update(table).where(table.c.post_id.in_(some)).values(**new))


def move_incident(connection: Connection, old_key: str, new_key: str) -> list[str]:
    """Move all posts of an incident to another incident.

    Includes posts that are in no case. Returns their ids.
    """
    table = schema.incident_posts
    moved = update(table).where(table.c.incident_key == old_key).values(incident_key=new_key)
    return sorted(connection.execute(moved.returning(table.c.post_id)).scalars())


def redirect_suggestions(connection: Connection, old_key: str, new_key: str) -> None:
    """Redirect suggestions of an incident to the one it was merged into."""
    table = schema.incident_suggestions
    known = select(table.c.post_id).where(table.c.incident_key == new_key)
    connection.execute(delete(table).where(table.c.incident_key == old_key, table.c.post_id.in_(known)))
    connection.execute(update(table).where(table.c.incident_key == old_key).values(incident_key=new_key))


def rule(connection: Connection, post_ids: Collection[str], incident_key: str, same: bool, who: str, now: datetime) -> None:
    """Store a person's ruling on posts and an incident.

    Rulings are hard constraints for the matcher, and training data.
    """
    rows = [{"post_id": one, "incident_key": incident_key, "same": same, "who": who, "at": now} for one in sorted(post_ids)]
    if rows:
        connection.execute(schema.incident_rulings.insert(), rows)


def recount(connection: Connection, case_key: str) -> None:
    """Count a case again after people changed its posts; request a vote."""
    left = connection.execute(select(schema.case_posts.c.post_id).where(schema.case_posts.c.case_key == case_key).limit(1))
    counts.recount(connection, [case_key], {case_key: {"vote_due": left.first() is not None}})


def widen_incident(connection: Connection, incident_key: str) -> None:
    """Set the first and last day of an incident from its posts.

    Without posts the days stay.
    """
    members, posts, incidents = schema.incident_posts.c, schema.posts.c, schema.incidents
    days = (
        select(func.min(posts.created_at).label("first_at"), func.max(posts.created_at).label("last_at"))
        .select_from(schema.incident_posts.join(schema.posts, members.post_id == posts.post_id))
        .where(members.incident_key == incident_key)
    )
    row = connection.execute(days).one()
    if row.first_at is not None:
        new: Mapping[str, Any] = dict(row._mapping)
        connection.execute(update(incidents).where(incidents.c.incident_key == incident_key).values(**new))


def waiting_members(connection: Connection, incident_key: str, post_ids: Sequence[str]) -> list[str]:
    """Return which of these posts belong to an incident without a case."""
    members, in_case = schema.incident_posts.c, schema.case_posts.c
    found: list[str] = []
    for some in chunks(post_ids):
        mine = (members.incident_key == incident_key) & members.post_id.in_(some)
        free = members.post_id.not_in(select(in_case.post_id))
        found += connection.execute(select(members.post_id).where(mine, free).order_by(members.post_id)).scalars()
    return found


def deliver(connection: Connection, case: Row[Any], post_ids: Sequence[str], now: datetime) -> None:
    """Enqueue posts for delivery with their case.

    Posts that a delivery of this case already carries are left out.
    """
    if case.system == CASEBOOK:
        return
    deliveries, carried = schema.deliveries.c, schema.delivery_posts.c
    known = select(carried.post_id).join(schema.deliveries, deliveries.id == carried.delivery_id)
    there = set(connection.execute(known.where(deliveries.case_key == case.case_key)).scalars())
    for post_id in post_ids:
        if post_id not in there:
            enqueue(connection, case.case_key, case.system, post_id, now)
