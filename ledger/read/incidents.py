"""Reading incidents: which a post belongs to, which are suggested, and what people said."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from core.decision import READ_ONLY
from core.read_models import PostRecord
from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK
from ledger.read.post_records import post_fact_of, posts_with_all


class SuggestedIncident(Record):
    """An incident a post may belong to, as a person is shown it."""

    incident_key: str
    probability: float
    case_key: str | None
    title: str
    """The title of its case, or the words of its first post."""
    posts: int


class Membership(Record):
    """The incident of a post, who put it there, and what is suggested."""

    incident_key: str
    who: str
    probability: float
    suggested: tuple[tuple[str, float], ...] = ()


class IncidentRuling(Record):
    """What a person said of a post and an incident."""

    post_id: str
    incident_key: str
    same: bool
    who: str
    at: UtcDatetime


def memberships(ledger: Ledger, post_ids: Sequence[str]) -> dict[str, Membership]:
    """Return the incident of each of these posts that has one."""
    members, suggestions = schema.incident_posts.c, schema.incident_suggestions.c
    found: dict[str, Membership] = {}
    with ledger.read() as connection:
        for start in range(0, len(post_ids), CHUNK):
            some = post_ids[start : start + CHUNK]
            suggested: dict[str, list[tuple[str, float]]] = defaultdict(list)
            statement = select(suggestions.post_id, suggestions.incident_key, suggestions.probability)
            for row in connection.execute(statement.where(suggestions.post_id.in_(some)).order_by(suggestions.rank)):
                suggested[row.post_id].append((row.incident_key, row.probability))
            columns = select(members.post_id, members.incident_key, members.who, members.probability)
            for row in connection.execute(columns.where(members.post_id.in_(some))):
                found[row.post_id] = Membership(
                    incident_key=row.incident_key, who=row.who, probability=row.probability,
                    suggested=tuple(suggested[row.post_id]),
                )  # fmt: skip
    return found


def suggestions(ledger: Ledger, post_id: str) -> list[SuggestedIncident]:
    """Return the incidents a post may belong to, likeliest first; one without posts left is not shown."""
    suggested, members, cases, posts = (
        schema.incident_suggestions.c,
        schema.incident_posts.c,
        schema.cases,
        schema.posts,
    )
    counted = members.post_id.in_(select(posts.c.post_id).where(~posts.c.decision_reason.startswith(READ_ONLY)))
    size = select(func.count()).where(members.incident_key == suggested.incident_key, counted).scalar_subquery()
    first = (
        select(posts.c.text)
        .join(schema.incident_posts, members.post_id == posts.c.post_id)
        .where(members.incident_key == suggested.incident_key)
        .order_by(posts.c.created_at, posts.c.post_id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            suggested.incident_key, suggested.probability, cases.c.case_key, cases.c.title, size.label("posts"), first.label("text")
        )
        .outerjoin(cases, cases.c.incident_key == suggested.incident_key)
        .where(suggested.post_id == post_id)
        .order_by(suggested.rank)
    )  # fmt: skip
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [
        SuggestedIncident(
            incident_key=row.incident_key, probability=row.probability, case_key=row.case_key, title=row.title or row.text, posts=row.posts
        )
        for row in rows
        if row.posts
    ]  # fmt: skip


def read_with(ledger: Ledger, case_key: str) -> list[PostRecord]:
    """Return the answers that are read with the incident of a case and are no part of it, oldest first."""
    posts, members, cases = schema.posts.c, schema.incident_posts, schema.cases.c
    incident = select(cases.incident_key).where(cases.case_key == case_key).scalar_subquery()
    statement = (
        posts_with_all()
        .join(members, members.c.post_id == posts.post_id)
        .where(members.c.incident_key == incident, posts.decision_reason.startswith(READ_ONLY))
        .order_by(posts.created_at, posts.post_id)
    )
    with ledger.read() as connection:
        return [post_fact_of(row) for row in connection.execute(statement)]


def incident_rulings(ledger: Ledger) -> Iterator[IncidentRuling]:
    """Yield everything people said, oldest first: training data for the matcher."""
    rulings = schema.incident_rulings.c
    columns = (rulings.post_id, rulings.incident_key, rulings.same, rulings.who, rulings.at)
    with ledger.read() as connection:
        for row in connection.execute(select(*columns).order_by(rulings.id)).mappings():
            yield IncidentRuling(**row)
