"""The review queue: a person says of a doubtful post whether it is a case."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from core.decision import Decision
from ledger import schema
from ledger.cases import history, revisions
from ledger.cases.history import ChangeRefusedError, StaleChangeError
from ledger.database import Ledger
from ledger.leases import holder_of
from ledger.mapping import changed
from ledger.processing.decision_writer import still_valid, write_decisions
from ledger.processing.decisions import TRIAGE


def settle_review(
    ledger: Ledger, decision: Decision, who: str, why: str, now: datetime, seen: int | None = None
) -> None:
    """Write down that a person took a doubtful post for a case (`decision` says which).

    Hold the lease `triage` as `who` from before the known incidents are read: triage at the same moment could open a second
    case of the same incident. `seen` is the version of the text that the person looked at.

    Raises:
        StaleError: the text was changed or the post decided since.
        ChangeRefusedError: the post is not in review any more, or triage is at work this moment.
    """
    with ledger.write() as connection:
        holder = holder_of(connection, TRIAGE, now)
        if holder not in (None, who):
            raise ChangeRefusedError("posts are being decided this moment: try again in a few seconds")
        _must_be_in_review(connection, decision.post_id, seen)
        if not still_valid(connection, [decision], schema.posts.c.decision == "in_review"):
            raise ChangeRefusedError("the case this post belongs to has changed meanwhile: try again")
        write_decisions(connection, [decision], who, now)
        history.audit(connection, who, "accept", decision.post_id, why, now)


def reject_review(ledger: Ledger, post_id: str, who: str, why: str, now: datetime, seen: int | None = None) -> None:
    """Write down that a doubtful post needs no case. No later reading of the same text asks again.

    `seen` is the version of the text that the person looked at.

    Raises:
        StaleError: the text was changed or the post decided since.
        ChangeRefusedError: the post is not in review any more.
    """
    posts = schema.posts
    with ledger.write() as connection:
        _must_be_in_review(connection, post_id, seen)
        reason = f"person: {who} rejected it"
        new = {"decision": "no_case", "decision_reason": reason, "decided_by": who}
        connection.execute(update(posts).where(posts.c.post_id == post_id).values(**changed(posts), **new))
        history.audit(connection, who, "reject", post_id, why, now)


def was_settled(ledger: Ledger, post_id: str, what: str, who: str, why: str) -> bool:
    """True when the last thing done with this post is exactly this decision (a form sent twice)."""
    audit = schema.audit.c
    statement = select(audit.who, audit.what, audit.why).where(audit.subject == post_id).order_by(audit.id.desc())
    with ledger.read() as connection:
        return connection.execute(statement.limit(1)).one_or_none() == (who, what, why)


def _must_be_in_review(connection: Connection, post_id: str, seen: int | None) -> None:
    posts = schema.posts.c
    statement = (
        select(posts.decision, posts.state, posts.text_version).where(posts.post_id == post_id).with_for_update()
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise ChangeRefusedError(f"there is no post {post_id}: it was erased or is older than the retention")
    if row.state != "classified":
        raise StaleChangeError("this post was changed by its author and is being read again: look at it in a moment")
    if row.decision != "in_review":
        raise StaleChangeError(f"this post is not in review any more: it is {row.decision}")
    if seen is not None and row.text_version != seen:
        raise StaleChangeError(revisions.POST_CHANGED)
