"""Corrections: a person's word on a label is kept apart and laid over whatever the reader says, now and later."""

from datetime import datetime

from sqlalchemy import select, update

from ledger import history, schema
from ledger.history import ChangeRefusedError
from ledger.labels import rewrite_labels
from ledger.open import Ledger
from ledger.rows import changed


def correct(ledger: Ledger, post_id: str, question: str, value: str | bool, who: str, why: str, now: datetime) -> None:
    """Keep a correction. The post is decided again, unless it is in a case: then its case stays.

    Raises:
        ChangeRefusedError: there is no such post.
    """
    posts = schema.posts
    with ledger.write() as connection:
        decision = connection.execute(
            select(posts.c.decision).where(posts.c.post_id == post_id).with_for_update()
        ).scalar_one_or_none()
        if decision is None:
            raise ChangeRefusedError(f"there is no post {post_id}: it was erased or is older than the retention")
        row = {"post_id": post_id, "question": question, "value": value, "who": who, "why": why, "at": now}
        connection.execute(schema.corrections.insert(), row)
        rewrite_labels(connection, post_id)
        undecided = (
            {} if decision == "in_case" else {"decision": "untriaged", "decision_reason": "", "decided_by": None}
        )
        connection.execute(update(posts).where(posts.c.post_id == post_id).values(**changed(posts), **undecided))
        history.audit(connection, who, f"correct {question}", post_id, why, now)
