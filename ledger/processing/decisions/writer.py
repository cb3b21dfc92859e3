"""Write decisions into posts, cases, incidents and the outbox."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from core.records.case import OPEN, Case, Incident
from core.records.decision import Decision
from ledger import schema
from ledger.cases import counts, events
from ledger.cases.history import changes, entries as history
from ledger.delivery.deliveries import enqueue
from ledger.mapping import CHUNK, case_values, changed_values
from ledger.processing import memberships
from ledger.processing.decisions.stored_posts import is_untouched

VOTED = ("title", "kind", "topic", "topic_guess", "department", "due_at", "place", "district", "barrio", "lat", "lon")
Joined = tuple[str, Case, Incident]
"""A post that joins a case; case and incident with it included."""


def still_valid(connection: Connection, decisions: Sequence[Decision], condition: ColumnElement[bool]) -> list[Decision]:
    """Return the decisions whose posts and incidents are unchanged.

    The post is still as it was offered, and its incident has no other posts than the ledger's or theirs. A case may depend on the text of
    any of its posts: when one was erased, the case must not be opened or grow with them.
    """
    unchanged = _unchanged(connection, sorted({one.post_id for one in decisions}), condition)
    merged = _merged(connection, {one.case.key for one in decisions if one.case is not None})
    members = _members(connection, {one.belongs_to for one in decisions if one.belongs_to is not None})
    for one in decisions:
        if one.belongs_to is not None and one.post_id in unchanged:
            members[one.belongs_to].add(one.post_id)
    invalid = {
        one.belongs_to
        for one in decisions
        if one.case is not None and (one.case.key in merged or not members[one.case.incident_key] >= set(one.case.post_ids))
    }
    return [one for one in decisions if one.post_id in unchanged and (one.belongs_to is None or one.belongs_to not in invalid)]


def _unchanged(connection: Connection, post_ids: Sequence[str], condition: ColumnElement[bool]) -> set[str]:
    posts = schema.posts.c
    found: set[str] = set()
    for start in range(0, len(post_ids), CHUNK):
        statement = select(posts.post_id).where(posts.post_id.in_(post_ids[start : start + CHUNK]))
        locked = statement.where(posts.state == "classified", condition).order_by(posts.post_id).with_for_update()
        found |= set(connection.execute(locked).scalars())
    return found


def _members(connection: Connection, incident_keys: set[str]) -> dict[str, set[str]]:
    members = schema.incident_posts.c
    found: dict[str, set[str]] = defaultdict(set)
    keys = sorted(incident_keys)
    for start in range(0, len(keys), CHUNK):
        statement = select(members.incident_key, members.post_id)
        for row in connection.execute(statement.where(members.incident_key.in_(keys[start : start + CHUNK]))):
            found[row.incident_key].add(row.post_id)
    return found


def _merged(connection: Connection, case_keys: set[str]) -> set[str]:
    """Return which of these cases were merged; they take no more posts.

    All are locked here, in the order of their keys.
    """
    cases, keys = schema.cases.c, sorted(case_keys)
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        some = cases.case_key.in_(keys[start : start + CHUNK])
        locked = select(cases.case_key, cases.state).where(some).order_by(cases.case_key).with_for_update()
        found |= {row.case_key for row in connection.execute(locked) if row.state == "merged"}
    return found


def write_decisions(connection: Connection, decisions: Sequence[Decision], who: str, now: datetime) -> None:
    """Write decisions that are still valid."""
    if not decisions:
        return
    posts = schema.posts
    rows = [
        {
            "the_post": one.post_id,
            "what": one.outcome,
            "because": one.reason,
            "whose": None if who == history.ESCUCHA else who,
            "which": one.kind,
            "which_because": one.kind_reason,
        }
        for one in decisions
    ]
    new: dict[str, Any] = {
        "decision": bindparam("what"),
        "decision_reason": bindparam("because"),
        "decided_by": bindparam("whose"),
        "case_kind": bindparam("which"),
        "case_kind_reason": bindparam("which_because"),
    }
    connection.execute(update(posts).where(posts.c.post_id == bindparam("the_post")).values(**changed_values(posts), **new), rows)
    for question in sorted({name for one in decisions for name in one.relabel}):
        relabelled = [one.post_id for one in decisions if question in one.relabel]
        for start in range(0, len(relabelled), CHUNK):
            some = schema.labels.c.post_id.in_(relabelled[start : start + CHUNK])
            connection.execute(update(schema.labels).where(some).values({question: True}))
    memberships.write_memberships(connection, decisions, who, now)
    joined: dict[str, list[Joined]] = defaultdict(list)
    for one in decisions:
        if one.case is not None and one.incident is not None:
            joined[one.case.key].append((one.post_id, one.case, one.incident))
    waiting = memberships.with_posts_outside_cases(connection, {each.incident_key for some in joined.values() for _, each, _ in some})
    before = {key: _into_case(connection, together, who, now, waiting) for key, together in joined.items()}
    counts.recount(connection, list(joined), _priorities(connection, {key: some[-1][1] for key, some in joined.items()}))
    # With the new counts, which their events carry.
    events.record(connection, [key for key, state in before.items() if state is None], "opened", now)
    for key, state in before.items():
        if state is not None and state not in OPEN:
            history.add_step(connection, key, "assigned", now, who, "opened again: a new post about it")


def _priorities(connection: Connection, cases: Mapping[str, Case]) -> dict[str, dict[str, Any]]:
    """Return the columns of the computed priorities, without those set by people."""
    set_by_people = changes.priorities_set_by_people(connection, list(cases))
    return {
        key: {"priority_points": [one.model_dump() for one in case.priority_points]}
        | ({} if key in set_by_people else {"priority": case.priority})
        for key, case in cases.items()
    }


def _into_case(connection: Connection, joined: Sequence[Joined], who: str, now: datetime, waiting: Collection[str]) -> str | None:
    """Add posts to their case at once.

    Returns its state before; None: it is new. Post by post, a storm about one thing would cost its square.
    `waiting`: incidents some of whose posts are in no case.
    """
    (first, opened, _), (_, case, incident) = joined[0], joined[-1]
    cases = schema.cases.c
    known = connection.execute(select(schema.cases).where(cases.case_key == case.key).with_for_update()).one_or_none()
    if known is None:
        system = opened.system
        _open(connection, opened, incident, first, who)
    else:
        system = known.system
        _widen(connection, case, incident)
    post_ids = [post_id for post_id, _, _ in joined]
    if known is None and incident.key in waiting:  # earlier posts about the same thing that made no case alone
        post_ids += memberships.take_into_case(connection, incident.key, post_ids)
    connection.execute(schema.case_posts.insert(), [{"post_id": one, "case_key": case.key} for one in post_ids])
    for post_id in post_ids:
        enqueue(connection, case.key, system, post_id, now)
    return None if known is None else str(known.state)


def _open(connection: Connection, case: Case, incident: Incident, post_id: str, who: str) -> None:
    posts = schema.posts.c
    source = connection.execute(select(posts.source).where(posts.post_id == post_id)).scalar_one()
    row = incident.model_dump(exclude={"key", "post_ids", "topic_certainty"}) | {"incident_key": incident.key}
    connection.execute(schema.incidents.insert(), row)
    connection.execute(schema.cases.insert(), case_values(case) | {"source": source})
    new: dict[str, Any] = {"case_key": case.key, "state": "new", "at": case.received_at, "who": who, "why": case.reason}
    connection.execute(schema.transitions.insert(), new)


def _widen(connection: Connection, case: Case, incident: Incident) -> None:
    """Extend the days of the incident, and its subject while untouched.

    As long as no person or outside system has worked the case, its posts also decide what it is about.
    """
    incidents = schema.incidents
    days: dict[str, Any] = {"first_at": incident.first_at, "last_at": incident.last_at}
    if is_untouched(connection, case.key):
        days |= {"topic": incident.topic, "place_key": incident.place_key}
        history.touch(connection, case.key, **{name: getattr(case, name) for name in VOTED})
    connection.execute(update(incidents).where(incidents.c.incident_key == incident.key).values(**days))
