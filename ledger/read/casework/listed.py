"""Query what is listed and opens no case: proposals, praise and thanks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select

from ledger import schema
from ledger.database import Ledger

PROPOSALS = ("proposal",)
PRAISE = ("praise", "thanks")


class Listed(NamedTuple):
    """Hold the first listed post of an incident, with its support."""

    post_id: str
    text: str
    created_at: datetime
    source: str
    language: str | None
    topic: str | None
    district: str | None
    place: str | None
    posts: int
    """Posts of its incident that are listed: the same proposal, sent again."""
    supporters: int
    """Supports or likes that their networks showed, and their authors."""


def listed(
    ledger: Ledger, kinds: Sequence[str], topic: str | None = None, district: str | None = None, limit: int | None = None, offset: int = 0
) -> list[Listed]:
    """Return what is listed of these kinds, the most supported first."""
    found = _listed(kinds, topic, district).subquery()
    statement = (
        select(found)
        .where(found.c.place_in_incident == 1)
        .order_by(found.c.supporters.desc(), found.c.created_at.desc(), found.c.post_id)
        .limit(limit)
        .offset(offset)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [Listed(**{name: getattr(row, name) for name in Listed._fields}) for row in rows]


def count_listed(
    ledger: Ledger, kinds: Sequence[str], topic: str | None = None, district: str | None = None
) -> dict[tuple[str | None, str | None], int]:
    """Count what is listed by topic and district."""
    found = _listed(kinds, topic, district).subquery()
    statement = (
        select(found.c.topic, found.c.district, func.count().label("number"))
        .where(found.c.place_in_incident == 1)
        .group_by(found.c.topic, found.c.district)
    )
    with ledger.read() as connection:
        return {(row.topic, row.district): row.number for row in connection.execute(statement)}


def _listed(kinds: Sequence[str], topic: str | None, district: str | None) -> Select[Any]:
    """Select listed posts, with the place of each in its incident."""
    posts, labels, members = schema.posts.c, schema.labels.c, schema.incident_posts.c
    incident = func.coalesce(members.incident_key, posts.post_id)
    shown = func.coalesce(posts.likes, 0) + 1
    statement = (
        select(
            posts.post_id,
            posts.text,
            posts.created_at,
            posts.source,
            labels.language,
            labels.topic,
            labels.district,
            labels.place,
            func.count().over(partition_by=incident).label("posts"),
            func.sum(shown).over(partition_by=incident).label("supporters"),
            func.row_number().over(partition_by=incident, order_by=(posts.created_at, posts.post_id)).label("place_in_incident"),
        )
        .select_from(schema.posts)
        .outerjoin(schema.labels, labels.post_id == posts.post_id)
        .outerjoin(schema.incident_posts, members.post_id == posts.post_id)
        .where(
            posts.decision == "no_case",
            posts.case_kind.in_(list(kinds)),
            ~posts.own,
            posts.kind.in_(("post", "quote")) if "proposal" in kinds else posts.kind != "repost",
            or_(labels.spam.is_(None), ~labels.spam),
        )
    )
    if topic is not None:
        statement = statement.where(labels.topic == topic)
    return statement if district is None else statement.where(labels.district == district)
