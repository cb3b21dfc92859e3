"""Store rulings of people on whether a post belongs to an incident.

They are hard constraints for triage, and training data for the matcher.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from core.errors import ChangeRefusedError
from core.records.decision import Decision
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.leases import must_hold
from ledger.mapping import changed_values
from ledger.processing import memberships
from ledger.processing.decisions import TRIAGE, still_valid, write_decisions

WITHOUT_CASE = ("in_review", "no_case")


def rule_same(ledger: Ledger, decision: Decision, who: str, why: str, now: datetime) -> None:
    """Put a post into an incident, and into its case if any.

    `decision` names both. Hold the lease `triage` as `who` from before the incidents are read.

    Raises:
        ChangeRefusedError: the post is in a case already, or the incident has changed meanwhile.
    """
    posts, key = schema.posts, decision.belongs_to
    assert key is not None  # noqa: S101  a join always names its incident
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        _must_be_undecided_by_case(connection, decision.post_id)
        _rule(connection, decision.post_id, key, True, who, now)
        if decision.case is None:
            memberships.write_memberships(connection, [decision], who, now)
            this = posts.c.post_id == decision.post_id
            connection.execute(update(posts).where(this).values(**changed_values(posts), decision_reason=decision.reason))
        elif still_valid(connection, [decision], posts.c.decision.in_(WITHOUT_CASE)):
            write_decisions(connection, [decision], who, now)
        else:
            raise ChangeRefusedError("the incident this post belongs to has changed meanwhile: try again")
        history.audit(connection, who, "join", decision.post_id, why, now)


def rule_apart(ledger: Ledger, post_id: str, incident_key: str, own_key: str, who: str, why: str, now: datetime) -> None:
    """Keep a post out of an incident; a member moves to `own_key`.

    Raises:
        ChangeRefusedError: the post is in a case already.
    """
    members, suggestions = schema.incident_posts, schema.incident_suggestions
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, who)
        _must_be_undecided_by_case(connection, post_id)
        _rule(connection, post_id, incident_key, False, who, now)
        is_in = (members.c.post_id == post_id) & (members.c.incident_key == incident_key)
        if own_key == incident_key:  # the first post of the incident: the others keep the key
            own_key = f"{own_key}-{_ruled_out(connection, post_id) + 1}"
        connection.execute(update(members).where(is_in).values(incident_key=own_key, who=who, probability=1.0, at=now))
        is_suggested = (suggestions.c.post_id == post_id) & (suggestions.c.incident_key == incident_key)
        connection.execute(delete(suggestions).where(is_suggested))
        history.audit(connection, who, "not the same", post_id, why, now)


def _rule(connection: Connection, post_id: str, key: str, same: bool, who: str, now: datetime) -> None:
    row = {"post_id": post_id, "incident_key": key, "same": same, "who": who, "at": now}
    connection.execute(schema.incident_rulings.insert(), row)


def _ruled_out(connection: Connection, post_id: str) -> int:
    rulings = schema.incident_rulings.c
    statement = select(func.count()).where(rulings.post_id == post_id, rulings.same.is_(False))
    return int(connection.execute(statement).scalar_one())


def _must_be_undecided_by_case(connection: Connection, post_id: str) -> None:
    posts = schema.posts.c
    statement = select(posts.decision, posts.state).where(posts.post_id == post_id).with_for_update()
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise ChangeRefusedError("there is no post {post}: it was erased or is older than the retention", post=post_id)
    if row.state != "classified" or row.decision not in WITHOUT_CASE:
        raise ChangeRefusedError(
            "this post is in a case, or is being annotated again: only a post in review or without a case can be moved"
        )
