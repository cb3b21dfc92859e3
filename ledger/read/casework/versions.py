"""Query the versions that forms carry, to detect stale changes."""

from collections.abc import Sequence

from sqlalchemy import func, select

from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK


def case_revision(ledger: Ledger, case_key: str) -> int | None:
    """Return the revision of a case; None when there is none.

    Read it before the case: then a page never claims a newer revision than it shows.
    """
    cases = schema.cases.c
    with ledger.read() as connection:
        found: int | None = connection.execute(select(cases.revision).where(cases.case_key == case_key)).scalar_one_or_none()
    return found


def case_revisions(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, int]:
    """Return the revision of each case; read it before the cases."""
    cases, found = schema.cases.c, dict[str, int]()
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = cases.case_key.in_(case_keys[start : start + CHUNK])
            for row in connection.execute(select(cases.case_key, cases.revision).where(some)):
                found[row.case_key] = row.revision
    return found


def text_versions(ledger: Ledger, post_ids: Sequence[str]) -> dict[str, int]:
    """Return the text version of each of these posts."""
    posts, found = schema.posts.c, dict[str, int]()
    with ledger.read() as connection:
        for start in range(0, len(post_ids), CHUNK):
            some = posts.post_id.in_(post_ids[start : start + CHUNK])
            for row in connection.execute(select(posts.post_id, posts.text_version).where(some)):
                found[row.post_id] = row.text_version
    return found


def label_versions(ledger: Ledger, post_id: str, questions: Sequence[str]) -> dict[str, str]:
    """Return the version of each label; empty when the post is unknown.

    See `ledger.cases.history.revisions.label_version`.
    """
    corrections, posts = schema.corrections.c, schema.posts.c
    last = (
        select(corrections.question, func.max(corrections.id).label("last"))
        .where(corrections.post_id == post_id)
        .group_by(corrections.question)
    )
    with ledger.read() as connection:
        text = connection.execute(select(posts.text_version).where(posts.post_id == post_id)).scalar_one_or_none()
        newest = {row.question: row.last for row in connection.execute(last)}
    return {} if text is None else {question: f"{text}-{newest.get(question, 0)}" for question in questions}
