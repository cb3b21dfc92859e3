"""Settle posts in review: a person decides whether each is a case."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, update

from core.errors import ChangeRefusedError, StaleError
from core.records.decision import Decision
from ledger import schema
from ledger.cases.counts import is_copy
from ledger.cases.grouping.memberships import chunks
from ledger.cases.history import entries as history, revisions
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.leases import holder_of
from ledger.mapping import changed_values
from ledger.processing.decisions import TRIAGE, still_valid, write_decisions

BEFORE = " | "
"""Stands in the reason of a rejection before the reason why the post was in review, whose parts are then divided by `PART`."""
PARTS, PART = "; ", " ¦ "


def settle_review(ledger: Ledger, decision: Decision, who: str, why: str, now: datetime, seen: int | None = None) -> None:
    """Store that a person accepted a post in review as a case.

    `decision` names the case. Hold the lease `triage` as `who` from before the known incidents are read: a triage run at the same moment
    could open a second case of the same incident. `seen` is the version of the text that the person looked at.

    Raises:
        StaleError: the text was changed or the post decided since.
        ChangeRefusedError: the post is no longer in review, or triage is running.
    """
    with writing(ledger) as connection:
        holder = holder_of(connection, TRIAGE, now)
        if holder not in (None, who):
            raise ChangeRefusedError("triage is running: try again in a few seconds")
        _must_be_in_review(connection, decision.post_id, seen)
        if not still_valid(connection, [decision], schema.posts.c.decision == "in_review"):
            raise ChangeRefusedError("the case this post belongs to has changed meanwhile: try again")
        write_decisions(connection, [decision], who, now)
        history.audit(connection, who, "accept", decision.post_id, why, now)


def reject_review(ledger: Ledger, post_id: str, who: str, why: str, now: datetime, seen: int | None = None) -> None:
    """Store that a post in review and its copies need no case.

    No later annotation of the same text puts it in review again. `seen` is the version of the text that the person looked at.

    Raises:
        StaleError: the text was changed or the post decided since.
        ChangeRefusedError: the post is no longer in review.
    """
    posts = schema.posts
    with writing(ledger) as connection:
        _must_be_in_review(connection, post_id, seen)
        # With the reason of before, so that a decision that is taken back leaves nothing changed.
        reason = literal(f"person: {who} rejected it{BEFORE}") + func.replace(posts.c.decision_reason, PARTS, PART)
        values = {"decision": "no_case", "decision_reason": reason, "decided_by": who}
        for some in chunks([post_id, *_copies_of(connection, post_id)]):
            mine = posts.c.post_id.in_(some)
            connection.execute(update(posts).where(mine).values(**changed_values(posts), **values))
        history.audit(connection, who, "reject", post_id, why, now)


def take_back(ledger: Ledger, post_ids: Sequence[str], who: str, now: datetime) -> int:
    """Put posts that this person rejected in review again.

    Their copies return with them. Returns how many posts returned; a post that was decided otherwise since stays.
    """
    posts, returned = schema.posts, 0
    with writing(ledger) as connection:
        for post_id in post_ids:
            mine = (posts.c.decision == "no_case") & (posts.c.decided_by == who) & posts.c.decision_reason.contains(BEFORE, autoescape=True)
            members = schema.incident_posts.c
            incident = select(members.incident_key).where(members.post_id == post_id).scalar_subquery()
            beside = select(members.post_id).where(members.incident_key == incident)
            wanted = mine & ((posts.c.post_id == post_id) | (posts.c.post_id.in_(beside) & is_copy()))
            if connection.execute(select(posts.c.post_id).where(mine, posts.c.post_id == post_id).with_for_update()).first() is None:
                continue
            found = connection.execute(select(posts.c.post_id, posts.c.decision_reason).where(wanted).order_by(posts.c.post_id)).all()
            for row in found:
                old = {
                    "decision": "in_review",
                    "decision_reason": row.decision_reason.partition(BEFORE)[2].replace(PART, PARTS),
                    "decided_by": None,
                }
                connection.execute(update(posts).where(posts.c.post_id == row.post_id).values(**changed_values(posts), **old))
            returned += len(found)
            history.audit(connection, who, "undo reject", post_id, "", now)
    return returned


def was_settled(ledger: Ledger, post_id: str, what: str, who: str, why: str) -> bool:
    """Tell whether the post's last audit entry is this decision.

    True means that a form was sent twice.
    """
    audit = schema.audit.c
    statement = select(audit.who, audit.what, audit.why).where(audit.subject == post_id).order_by(audit.id.desc())
    with ledger.read() as connection:
        return connection.execute(statement.limit(1)).one_or_none() == (who, what, why)


def _copies_of(connection: Connection, post_id: str) -> list[str]:
    """Lock and return the copies that the queue lists under this post.

    None while its incident has another post in review that copies none: the copies may be of that one.
    """
    posts, members = schema.posts.c, schema.incident_posts.c
    incident = select(members.incident_key).where(members.post_id == post_id).scalar_subquery()
    others = (
        select(posts.post_id, is_copy().label("copy"))
        .join(schema.incident_posts, members.post_id == posts.post_id)
        .where(members.incident_key == incident, posts.post_id != post_id, posts.decision == "in_review")
        .where(posts.state == "classified")
        .order_by(posts.post_id)
        .with_for_update(of=schema.posts)
    )
    found = connection.execute(others).all()
    return [row.post_id for row in found] if all(row.copy for row in found) else []


def _must_be_in_review(connection: Connection, post_id: str, seen: int | None) -> None:
    posts = schema.posts.c
    statement = select(posts.decision, posts.state, posts.text_version).where(posts.post_id == post_id).with_for_update()
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise ChangeRefusedError("there is no post {post}: it was erased or is older than the retention", post=post_id)
    if row.state != "classified":
        raise StaleError("this post was edited by its author and is being annotated again: look at it in a moment")
    if row.decision != "in_review":
        raise StaleError("this post is not in review any more: it is {decision}", decision=row.decision)
    if seen is not None and row.text_version != seen:
        raise StaleError(revisions.POST_CHANGED)
