"""Merge cases, split a case, move posts, group cases by cause.

What a person decides here binds the machine: the posts stay where they were put, and the rulings are training data. Callers
hold the lease `triage` as `who`, or triage could decide about the same incident meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from core.errors import ChangeRefusedError
from core.records.case import CASEBOOK, OPEN, Case, Incident
from ledger import schema
from ledger.cases import events
from ledger.cases.grouping import memberships
from ledger.cases.history import changes, entries as history, revisions
from ledger.cases.ownership import must_not_be_merged
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.delivery import merged_tickets
from ledger.leases import must_hold
from ledger.mapping import case_values, changed_values
from ledger.processing.decisions import TRIAGE


def merge(
    ledger: Ledger, case_key: str, into: str, who: str, why: str, now: datetime, seen: int | None = None, closes_tickets: str | None = None
) -> None:
    """Merge a case into another one.

    Posts and watchers move; the other case keeps the earlier due date. `seen` is the revision of the case that the person looked at.
    `closes_tickets` is the outside system whose tickets are closed through the outbox; in others a person closes the ticket.

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: the cases cannot be merged; the message says why.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        case, target = _locked_pair(connection, case_key, into)
        revisions.must_be_current(case, seen)
        _must_be_mergeable(case, target)
        post_ids = memberships.posts_of(connection, case_key)
        before = _before_merge(connection, case, target) | {"posts": post_ids}
        memberships.move_posts(connection, post_ids, into)
        before["members"] = memberships.move_incident(connection, case.incident_key, target.incident_key)
        memberships.move_members(connection, post_ids, target.incident_key, who, now)
        memberships.redirect_suggestions(connection, case.incident_key, target.incident_key)
        memberships.rule(connection, post_ids, target.incident_key, True, who, now)
        memberships.widen_incident(connection, target.incident_key)
        history.add_step(connection, case_key, "merged", now, who, why or f"merged into {into}", into)
        history.touch(connection, case_key, merged_into=into)
        _move_followers(connection, case_key, into, now)
        for key in (case_key, into):
            memberships.recount(connection, key)
        memberships.deliver(connection, target, post_ids, now)
        is_set = "priority" in changes.pinned_fields(connection, into)
        revision = changes.record(connection, into, "merge", who, why, now, before, {"case": case_key})
        if case.system == closes_tickets:
            merged_tickets.enqueue_merge(connection, case, into, revision, now)
        history.touch(
            connection,
            into,
            received_at=min(case.received_at, target.received_at),
            due_at=min(case.due_at, target.due_at),
            priority=target.priority if is_set else max(case.priority, target.priority),
        )
        history.audit(connection, who, "merge", case_key, why, now)


def split(ledger: Ledger, case_key: str, new: Case, incident: Incident, who: str, why: str, now: datetime, seen: int | None = None) -> bool:
    """Split posts off a case into a new case.

    Returns False when `new` was opened before (the same form sent twice).

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: the posts are not all in the case, or no post would be left in it.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        case = history.locked_case(connection, case_key)
        if connection.execute(select(schema.cases).where(schema.cases.c.case_key == new.key)).first() is not None:
            return False
        revisions.must_be_current(case, seen)
        post_ids = list(new.post_ids)
        _must_leave_some(connection, case, post_ids)
        source = select(schema.posts.c.source).where(schema.posts.c.post_id == post_ids[0])
        row = incident.model_dump(exclude={"key", "post_ids"}) | {"incident_key": incident.key}
        connection.execute(schema.incidents.insert(), row)
        values = case_values(new) | {"source": connection.execute(source).scalar_one()}
        connection.execute(schema.cases.insert(), values)
        opened = {"case_key": new.key, "state": "new", "at": new.received_at, "who": who, "why": new.reason}
        connection.execute(schema.transitions.insert(), opened)
        _move(connection, case, new.key, incident.key, post_ids, who, now)
        memberships.deliver(connection, history.locked_case(connection, new.key), post_ids, now)
        changes.record(connection, case_key, "split", who, why, now, {"posts": post_ids}, {"case": new.key})
        events.record(connection, [case_key], "split", now, {"split_into": new.key})
        events.record(connection, [new.key], "opened", now, {"split_from": case_key})
        history.audit(connection, who, "split", case_key, why, now)
    return True


def move(
    ledger: Ledger, post_ids: Sequence[str], case_key: str, into: str, who: str, why: str, now: datetime, seen: int | None = None
) -> None:
    """Move posts of a case to another case.

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: the posts are not all in the case, none would be left in it, or the other case takes none.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        case, target = _locked_pair(connection, case_key, into)
        revisions.must_be_current(case, seen)
        must_not_be_merged(target)
        _must_share_a_world(case, target)
        _must_leave_some(connection, case, post_ids)
        _move(connection, case, into, target.incident_key, post_ids, who, now)
        memberships.deliver(connection, target, post_ids, now)
        changes.record(connection, case_key, "move", who, why, now, {"posts": list(post_ids)}, {"case": into})
        history.audit(connection, who, "move", case_key, why, now)


def keep_apart(ledger: Ledger, case_key: str, other: str, who: str, why: str, now: datetime) -> None:
    """Record that two cases are about different incidents; it can be undone.

    Raises:
        ChangeRefusedError: one of the cases does not exist or was merged.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        case, target = _locked_pair(connection, case_key, other)
        for one in (case, target):
            must_not_be_merged(one)
        for one, foreign in ((case, target), (target, case)):
            mine = memberships.posts_of(connection, one.case_key)
            memberships.rule(connection, mine, foreign.incident_key, False, who, now)
        before = {"incidents": [case.incident_key, target.incident_key], "who": who, "at": now.isoformat()}
        changes.record(connection, case_key, "apart", who, why, now, before, {"case": other})
        history.audit(connection, who, "not the same", case_key, why, now)


def set_parent(ledger: Ledger, case_key: str, parent: str | None, who: str, why: str, now: datetime, seen: int | None = None) -> None:
    """Put a case under the case of its common cause.

    A storm or a strike causes many cases. None removes the case from its cause.

    Raises:
        StaleError: the case has another revision by now.
        ChangeRefusedError: the parent is under another case itself, or the case has cases under it.
    """
    cases = schema.cases.c
    with writing(ledger) as connection:
        if parent is None:
            case = history.locked_case(connection, case_key)
        else:
            case, above = _locked_pair(connection, case_key, parent)
            must_not_be_merged(above)
            children = select(cases.case_key).where(cases.parent == case_key).limit(1)
            if above.parent is not None or connection.execute(children).first() is not None:
                raise ChangeRefusedError("a common cause has one level: choose the case on top of it")
        if case.parent == parent and revisions.is_known_change(connection, case, seen, "parent", who, why):
            return
        revisions.must_be_current(case, seen)
        must_not_be_merged(case)
        changes.record(connection, case_key, "parent", who, why, now, {"parent": case.parent}, {"parent": parent})
        history.touch(connection, case_key, parent=parent)
        history.audit(connection, who, "common cause", case_key, why, now)


def _move(connection: Connection, case: Row[Any], into: str, incident_key: str, post_ids: Sequence[str], who: str, now: datetime) -> None:
    memberships.move_posts(connection, post_ids, into)
    memberships.move_members(connection, post_ids, incident_key, who, now)
    memberships.rule(connection, post_ids, case.incident_key, False, who, now)
    memberships.rule(connection, post_ids, incident_key, True, who, now)
    for key in (case.incident_key, incident_key):
        memberships.widen_incident(connection, key)
    for key in (case.case_key, into):
        memberships.recount(connection, key)


def _locked_pair(connection: Connection, case_key: str, other: str) -> tuple[Row[Any], Row[Any]]:
    """Lock and return two cases.

    They are locked in the order of their keys, so that two callers cannot deadlock.
    """
    if case_key == other:
        raise ChangeRefusedError("a case cannot be put into itself: choose another one")
    locked = {key: history.locked_case(connection, key) for key in sorted((case_key, other))}
    return locked[case_key], locked[other]


def _must_be_mergeable(case: Row[Any], target: Row[Any]) -> None:
    must_not_be_merged(case)
    must_not_be_merged(target)
    _must_share_a_world(case, target)
    if target.state not in OPEN:
        raise ChangeRefusedError(
            "case {case} is closed ({state}): open it again first, or merge it into this one", case=target.case_key, state=target.state
        )
    if case.system != CASEBOOK and case.reference is None:
        raise ChangeRefusedError(
            "case {case} is on its way to {system}: wait until it has a ticket there, or merge the other case into it",
            case=case.case_key,
            system=case.system,
        )


def _must_share_a_world(case: Row[Any], target: Row[Any]) -> None:
    if case.replay != target.replay:
        raise ChangeRefusedError("a case replayed from an archive and one of today have no posts in common")


def _must_leave_some(connection: Connection, case: Row[Any], post_ids: Sequence[str]) -> None:
    must_not_be_merged(case)
    members = memberships.posts_of(connection, case.case_key)
    if not post_ids or not set(post_ids) <= set(members):
        raise ChangeRefusedError("choose posts that are in this case; some may have been moved or erased meanwhile")
    if len(set(post_ids)) == len(members):
        raise ChangeRefusedError("one post has to stay in the case: to move all of them, merge the cases")


def _before_merge(connection: Connection, case: Row[Any], target: Row[Any]) -> dict[str, Any]:
    """Return what undoing a merge needs to put back."""
    cases = schema.cases.c
    children = list(connection.execute(select(cases.case_key).where(cases.parent == case.case_key)).scalars())
    merged = list(connection.execute(select(cases.case_key).where(cases.merged_into == case.case_key)).scalars())
    return {
        "state": case.state,
        "parent": case.parent,
        "target_parent": target.parent,
        "children": children,
        "merged": merged,
        "received_at": target.received_at.isoformat(),
        "due_at": target.due_at.isoformat(),
        "priority": target.priority,
    }


def _move_followers(connection: Connection, case_key: str, into: str, now: datetime) -> None:
    """Redirect children, merged cases and watchers to the merge target."""
    cases, watchers = schema.cases, schema.case_watchers
    for column in (cases.c.parent, cases.c.merged_into):
        following = (column == case_key) & (cases.c.case_key != into)
        connection.execute(update(cases).where(following).values(**changed_values(cases), **{column.name: into}))
    connection.execute(update(cases).where(cases.c.case_key == into, cases.c.parent == case_key).values(parent=None))
    there = select(watchers.c.who).where(watchers.c.case_key == into)
    connection.execute(delete(watchers).where(watchers.c.case_key == case_key, watchers.c.who.in_(there)))
    connection.execute(update(watchers).where(watchers.c.case_key == case_key).values(case_key=into, at=now))
