"""Writing decisions down: which still hold, and what each changes in posts, cases, incidents and the outbox."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from core.case import OPEN, Case, Incident
from core.decision import Decision
from ledger import history, schema
from ledger.outbox import enqueue
from ledger.rows import CHUNK, case_values, changed

Joined = tuple[str, Case, Incident]
"""A post that goes into a case; case and incident as they stand with it."""


def still_valid(
    connection: Connection, decisions: Sequence[Decision], condition: ColumnElement[bool]
) -> list[Decision]:
    """The decisions whose post is still as it was shown, and whose case has no other posts than the ledger's or theirs.

    A case may rest on the words of its first post: when that one has gone, the case must not be opened with them.
    """
    standing = _standing(connection, sorted({one.post_id for one in decisions}), condition)
    keys = {one.case.key for one in decisions if one.case is not None}
    members, merged = _members(connection, keys), _merged(connection, keys)
    valid = []
    for one in decisions:
        if one.post_id not in standing or (one.case is not None and one.case.key in merged):
            continue
        if one.case is not None:
            if not members[one.case.key] >= set(one.case.post_ids) - {one.post_id}:
                continue
            members[one.case.key].add(one.post_id)
        valid.append(one)
    return valid


def _standing(connection: Connection, post_ids: Sequence[str], condition: ColumnElement[bool]) -> set[str]:
    posts = schema.posts.c
    found: set[str] = set()
    for start in range(0, len(post_ids), CHUNK):
        statement = select(posts.post_id).where(posts.post_id.in_(post_ids[start : start + CHUNK]))
        locked = statement.where(posts.state == "classified", condition).order_by(posts.post_id).with_for_update()
        found |= set(connection.execute(locked).scalars())
    return found


def _members(connection: Connection, case_keys: set[str]) -> dict[str, set[str]]:
    case_posts = schema.case_posts.c
    found: dict[str, set[str]] = defaultdict(set)
    keys = sorted(case_keys)
    for start in range(0, len(keys), CHUNK):
        statement = select(case_posts.case_key, case_posts.post_id)
        for row in connection.execute(statement.where(case_posts.case_key.in_(keys[start : start + CHUNK]))):
            found[row.case_key].add(row.post_id)
    return found


def _merged(connection: Connection, case_keys: set[str]) -> set[str]:
    """Cases that live on in another one take no more posts. All are locked here, in the order of their keys."""
    cases, keys = schema.cases.c, sorted(case_keys)
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        some = cases.case_key.in_(keys[start : start + CHUNK])
        locked = select(cases.case_key, cases.state).where(some).order_by(cases.case_key).with_for_update()
        found |= {row.case_key for row in connection.execute(locked) if row.state == "merged"}
    return found


def write_decisions(connection: Connection, decisions: Sequence[Decision], who: str, now: datetime) -> None:
    """Write decisions that still hold."""
    if not decisions:
        return
    posts = schema.posts
    rows = [
        {
            "the_post": one.post_id,
            "what": one.outcome,
            "because": one.reason,
            "whose": None if who == history.ESCUCHA else who,
        }
        for one in decisions
    ]
    new: dict[str, Any] = {
        "decision": bindparam("what"),
        "decision_reason": bindparam("because"),
        "decided_by": bindparam("whose"),
    }
    connection.execute(
        update(posts).where(posts.c.post_id == bindparam("the_post")).values(**changed(posts), **new), rows
    )
    joined: dict[str, list[Joined]] = defaultdict(list)
    for one in decisions:
        if one.case is not None and one.incident is not None:
            joined[one.case.key].append((one.post_id, one.case, one.incident))
    for together in joined.values():
        _into_case(connection, together, who, now)


def _into_case(connection: Connection, joined: Sequence[Joined], who: str, now: datetime) -> None:
    """What several posts change in their case is written once: else a storm of posts about one thing would cost its square."""
    (first, opened, _), (_, case, incident) = joined[0], joined[-1]
    cases = schema.cases.c
    known = connection.execute(select(schema.cases).where(cases.case_key == case.key).with_for_update()).one_or_none()
    if known is None:
        system = opened.system
        _open(connection, opened, incident, first, who)
    else:
        system = known.system
        _widen(connection, incident)
        if known.state not in OPEN:
            history.add(connection, case.key, "assigned", now, who, "opened again: a new post about it")
    post_ids = [post_id for post_id, _, _ in joined]
    connection.execute(schema.case_posts.insert(), [{"post_id": one, "case_key": case.key} for one in post_ids])
    _count(connection, case, more=len(post_ids))
    for post_id in post_ids:
        enqueue(connection, case.key, system, post_id, now)


def _open(connection: Connection, case: Case, incident: Incident, post_id: str, who: str) -> None:
    posts = schema.posts.c
    source = connection.execute(select(posts.source).where(posts.post_id == post_id)).scalar_one()
    row = incident.model_dump(exclude={"key", "post_ids"}) | {"incident_key": incident.key}
    connection.execute(schema.incidents.insert(), row)
    connection.execute(schema.cases.insert(), case_values(case) | {"source": source})
    new: dict[str, Any] = {"case_key": case.key, "state": "new", "at": case.received_at, "who": who, "why": case.reason}
    connection.execute(schema.transitions.insert(), new)


def _widen(connection: Connection, incident: Incident) -> None:
    incidents = schema.incidents
    connection.execute(
        update(incidents)
        .where(incidents.c.incident_key == incident.key)
        .values(first_at=incident.first_at, last_at=incident.last_at)
    )


def _count(connection: Connection, case: Case, more: int) -> None:
    """So many posts more; the authors and channels of all its posts."""
    posts, case_posts, cases = schema.posts.c, schema.case_posts, schema.cases
    each = func.coalesce(posts.author, posts.post_id)  # an unnamed author counts as one of their own
    by_source = select(posts.source).join(case_posts, case_posts.c.post_id == posts.post_id).distinct()
    by_author = select(func.count(each.distinct())).join(case_posts, case_posts.c.post_id == posts.post_id)
    sources = connection.execute(by_source.where(case_posts.c.case_key == case.key)).scalars()
    authors = connection.execute(by_author.where(case_posts.c.case_key == case.key)).scalar_one()
    stored = connection.execute(select(cases.c.sources, cases.c.authors).where(cases.c.case_key == case.key)).one()
    history.touch(
        connection,
        case.key,
        posts=cases.c.posts + more,
        authors=max(stored.authors, authors),  # authors of forgotten posts still count
        sources=sorted({*stored.sources, *sources}),
        priority=case.priority,
    )
