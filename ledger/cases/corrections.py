"""Corrections: a person's word on a label is kept apart and laid over whatever the reader says, now and later."""

from datetime import datetime

from sqlalchemy import select, update

from core.kind import QUESTION
from ledger import schema
from ledger.cases import history, revisions
from ledger.cases.history import ChangeRefusedError, StaleChangeError
from ledger.database import Ledger
from ledger.mapping import changed
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
    """Keep a correction. The post is decided again, unless it is in a case: then its case stays.

    A corrected kind is the exception: the case gets it at once, and by `route` the department and due date that go with it.

    `seen` is the version of this label that the person looked at (`read.label_versions`). False: this very correction was kept
    already (a form sent twice).

    Raises:
        StaleError: the text or this label was changed since.
        ChangeRefusedError: there is no such post.
    """
    posts = schema.posts
    with ledger.write() as connection:
        decision = connection.execute(
            select(posts.c.decision).where(posts.c.post_id == post_id).with_for_update()
        ).scalar_one_or_none()
        if decision is None:
            raise ChangeRefusedError(f"there is no post {post_id}: it was erased or is older than the retention")
        if seen is not None and seen != revisions.label_version(connection, post_id, question):
            if revisions.is_repeated_correction(connection, post_id, question, seen, value, who, why):
                return False
            raise StaleChangeError(revisions.POST_CHANGED)
        if question == QUESTION:
            kinds.write_correction(connection, post_id, str(value), route)
        row = {"post_id": post_id, "question": question, "value": value, "who": who, "why": why, "at": now}
        connection.execute(schema.corrections.insert(), row)
        rewrite_labels(connection, post_id)
        undecided = (
            {} if decision == "in_case" else {"decision": "untriaged", "decision_reason": "", "decided_by": None}
        )
        connection.execute(update(posts).where(posts.c.post_id == post_id).values(**changed(posts), **undecided))
        history.audit(connection, who, f"correct {question}", post_id, why, now)
    return True
