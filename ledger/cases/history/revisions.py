"""Check that a form was made from the current version.

`cases.version` counts changes of the indexed document and grows with every new post, which no form overwrites: used here, a case in a
storm of posts could never be worked. `cases.revision` counts steps and notes of people.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from core.errors import StaleError
from ledger import schema

CASE_CHANGED = "This case was changed since you opened it. Nothing of yours was saved yet; your words are below."
POST_CHANGED = "This post was changed since you opened it. Nothing of yours was saved yet; your words are below."


def must_be_current(case: Row[Any], seen: int | None) -> None:
    """Refuse a change made from another revision of a locked case.

    None: the caller looked at none.

    Raises:
        StaleError: the case has another revision by now.
    """
    if seen is not None and case.revision != seen:
        raise StaleError(CASE_CHANGED)


def is_repeated_step(
    connection: Connection, case: Row[Any], seen: int | None, state: str, who: str, why: str, department: str | None
) -> bool:
    """Tell whether the step after `seen` is this one, sent twice."""
    steps = schema.transitions.c
    same = (steps.state == state) & (steps.who == who) & (steps.why == why)
    return department in (None, case.department) and _follows(connection, steps, case, seen, same)


def is_repeated_note(connection: Connection, case: Row[Any], seen: int | None, who: str, text: str) -> bool:
    """Tell whether the note after `seen` is this one, sent twice."""
    notes = schema.notes.c
    return _follows(connection, notes, case, seen, (notes.who == who) & (notes.text == text))


def is_known_change(connection: Connection, case: Row[Any], seen: int | None, what: str, who: str, why: str) -> bool:
    """Tell whether a change that would change nothing needs no answer.

    True: the person saw the case as it is, or sent the same form twice. False: another person made this change meanwhile, with other
    words, and these would be lost.
    """
    changes = schema.case_changes.c
    same = (changes.what == what) & (changes.who == who) & (changes.why == why)
    return seen is None or case.revision == seen or _follows(connection, changes, case, seen, same)


def _follows(connection: Connection, table: Any, case: Row[Any], seen: int | None, same: ColumnElement[bool]) -> bool:
    if seen is None or case.revision == seen:
        return False
    this = (table.case_key == case.case_key) & (table.revision == seen + 1) & same
    return connection.execute(select(table.id).where(this)).first() is not None


def label_version(connection: Connection, post_id: str, question: str) -> str:
    """Return the version of a label: text version and last correction id."""
    corrections, posts = schema.corrections.c, schema.posts.c
    text = connection.execute(select(posts.text_version).where(posts.post_id == post_id)).scalar_one()
    mine = (corrections.post_id == post_id) & (corrections.question == question)
    last = connection.execute(select(func.max(corrections.id)).where(mine)).scalar_one()
    return f"{text}-{last or 0}"


def is_repeated_correction(connection: Connection, post_id: str, question: str, seen: str, value: str | bool, who: str, why: str) -> bool:
    """Tell whether the last correction is this one, made from `seen`."""
    corrections, posts = schema.corrections.c, schema.posts.c
    text = connection.execute(select(posts.text_version).where(posts.post_id == post_id)).scalar_one()
    mine = (corrections.post_id == post_id) & (corrections.question == question)
    statement = select(corrections.id, corrections.value, corrections.who, corrections.why).where(mine)
    newest = connection.execute(statement.order_by(corrections.id.desc()).limit(2)).all()
    if not newest:
        return False
    was_seen = f"{text}-{newest[1].id if len(newest) > 1 else 0}"
    return seen == was_seen and (newest[0].value, newest[0].who, newest[0].why) == (value, who, why)
