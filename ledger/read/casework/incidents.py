"""Query incidents: memberships, suggestions and rulings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import exists, func, select

from core.records import Record, UtcDatetime
from core.records.decision import CONTEXT_ONLY
from core.records.read_models import PostRecord
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK
from ledger.read.posts.records import post_record_of, select_post_records


class SuggestedIncident(Record):
    """Hold an incident suggested for a post, as shown to staff."""

    incident_key: str
    probability: float
    case_key: str | None
    title: str
    """The title of its case, or the text of its first post."""
    posts: int


class Membership(Record):
    """Hold the incident of a post, who set it, and the suggestions."""

    incident_key: str
    who: str
    probability: float
    suggested: tuple[tuple[str, float], ...] = ()


class IncidentRuling(Record):
    """Hold a person's ruling on a post and an incident."""

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
                    incident_key=row.incident_key, who=row.who, probability=row.probability, suggested=tuple(suggested[row.post_id])
                )
    return found


def suggestions(ledger: Ledger, post_id: str) -> list[SuggestedIncident]:
    """List the incidents suggested for a post, likeliest first.

    Incidents without remaining posts are left out.
    """
    suggested, members, cases, posts = (schema.incident_suggestions.c, schema.incident_posts.c, schema.cases, schema.posts)
    # By the key of each member: IN would build the set of all posts for each post of the review queue.
    counted = exists().where(posts.c.post_id == members.post_id, ~posts.c.decision_reason.startswith(CONTEXT_ONLY))
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
        select(suggested.incident_key, suggested.probability, cases.c.case_key, cases.c.title, size.label("posts"), first.label("text"))
        .outerjoin(cases, cases.c.incident_key == suggested.incident_key)
        .where(suggested.post_id == post_id)
        .order_by(suggested.rank)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [
        SuggestedIncident(
            incident_key=row.incident_key, probability=row.probability, case_key=row.case_key, title=row.title or row.text, posts=row.posts
        )
        for row in rows
        if row.posts
    ]


def related_replies(ledger: Ledger, case_key: str) -> list[PostRecord]:
    """List the replies shown with a case's incident but outside it.

    Oldest first.
    """
    posts, members, cases = schema.posts.c, schema.incident_posts, schema.cases.c
    incident = select(cases.incident_key).where(cases.case_key == case_key).scalar_subquery()
    statement = (
        select_post_records()
        .join(members, members.c.post_id == posts.post_id)
        .where(members.c.incident_key == incident, posts.decision_reason.startswith(CONTEXT_ONLY))
        .order_by(posts.created_at, posts.post_id)
    )
    with ledger.read() as connection:
        return [post_record_of(row) for row in connection.execute(statement)]


def incident_rulings(ledger: Ledger) -> Iterator[IncidentRuling]:
    """Yield all rulings, oldest first: training data for the matcher."""
    rulings = schema.incident_rulings.c
    columns = (rulings.post_id, rulings.incident_key, rulings.same, rulings.who, rulings.at)
    with ledger.read() as connection:
        for row in connection.execute(select(*columns).order_by(rulings.id)).mappings():
            yield IncidentRuling(**row)
