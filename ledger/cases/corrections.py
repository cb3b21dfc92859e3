"""Store corrected labels, which override the annotator's, now and later."""

from datetime import datetime

from sqlalchemy import select, update

from core.errors import ChangeRefusedError, StaleError
from core.records.kind import KIND_QUESTION
from ledger import schema
from ledger.cases.grouping import withdrawal
from ledger.cases.history import entries as history, revisions
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.mapping import changed_values
from ledger.processing import kinds
from ledger.processing.labels import rewrite_labels


def correct(
    ledger: Ledger,
    post_id: str,
    question: str,
    value: str | bool,
    who: str,
    why: str,
    now: datetime,
    seen: str | None = None,
    route: kinds.Route | None = None,
) -> bool:
    """Store a correction; triage decides the post again.

    A post in a case keeps its case. A corrected kind changes that case at once, and `route` gives the department and due date that go
    with it.

    `seen` is the version of this label that the person looked at (`read.label_versions`). Returns False if this very correction is stored
    already (a form sent twice).

    Raises:
        StaleError: the text or this label has changed since.
        ChangeRefusedError: there is no such post.
    """
    posts = schema.posts
    with writing(ledger) as connection:
        decision = connection.execute(select(posts.c.decision).where(posts.c.post_id == post_id).with_for_update()).scalar_one_or_none()
        if decision is None:
            raise ChangeRefusedError("there is no post {post}: it was erased or is older than the retention", post=post_id)
        if seen is not None and seen != revisions.label_version(connection, post_id, question):
            if revisions.is_repeated_correction(connection, post_id, question, seen, value, who, why):
                return False
            raise StaleError(revisions.POST_CHANGED)
        if question == KIND_QUESTION:
            kinds.write_correction(connection, post_id, str(value), route, now)
        row = {"post_id": post_id, "question": question, "value": value, "who": who, "why": why, "at": now}
        connection.execute(schema.corrections.insert(), row)
        rewrite_labels(connection, post_id)
        undecided = {} if decision == "in_case" else {"decision": "untriaged", "decision_reason": "", "decided_by": None}
        connection.execute(update(posts).where(posts.c.post_id == post_id).values(**changed_values(posts), **undecided))
        members = schema.case_posts.c
        in_case = select(members.case_key).where(members.post_id == post_id)
        for case_key in connection.execute(in_case).scalars():
            history.mark_vote(connection, case_key, due=True)
            if question == "actionable" and value is False:
                withdrawal.close_if_withdrawn(connection, case_key, who, now)
        history.audit(connection, who, f"correct {question}", post_id, why, now)
    return True
