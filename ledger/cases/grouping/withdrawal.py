"""Close a case that has no actionable post left."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from core.records.case import CASEBOOK, OPEN
from ledger import schema
from ledger.cases.history import entries as history
from ledger.cases.history.entries import ESCUCHA


def close_if_withdrawn(connection: Connection, case_key: str, who: str, now: datetime) -> bool:
    """Close an open case without actionable posts; return whether it was closed.

    `who` marked a post of it as not actionable. A post that a person accepted in the review counts as actionable until a person corrects
    it. A case that an external system works is closed there, by a person.
    """
    members, labels, posts, said = schema.case_posts.c, schema.labels.c, schema.posts.c, schema.corrections.c
    case = history.locked_case(connection, case_key)
    if case.system != CASEBOOK or case.state not in OPEN:
        return False
    corrected = select(said.id).where(said.post_id == posts.post_id, said.question == "actionable").exists()
    acting = (
        select(func.count())
        .select_from(schema.case_posts)
        .join(schema.posts, posts.post_id == members.post_id)
        .outerjoin(schema.labels, labels.post_id == members.post_id)
        .where(members.case_key == case_key, or_(labels.actionable, posts.decided_by.is_not(None) & ~corrected))
    )
    if connection.execute(acting).scalar_one():
        return False
    why = f"withdrawn: {who} said that none of its posts is something to act on"
    history.add_step(connection, case_key, "rejected", now, ESCUCHA, why)
    return True
