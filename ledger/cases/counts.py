"""Count the posts, people and channels of cases from their rows.

The one place where they are counted: triage and people's changes both store what is counted here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select

from core.records.decision import COPY
from ledger import schema
from ledger.cases.history import entries as history
from ledger.mapping import CHUNK


def is_copy() -> ColumnElement[bool]:
    """Return the condition for posts that copy another post of their incident."""
    return schema.posts.c.decision_reason.contains(COPY, autoescape=True)


def recount(connection: Connection, case_keys: Sequence[str], new: Mapping[str, Mapping[str, Any]]) -> None:
    """Count posts, people and channels of cases again and store them.

    People are the distinct authors of posts that copy no other; authors without a name count as one. Forgotten posts still count.

    Args:
        connection: of the transaction that locked the cases.
        case_keys: the cases.
        new: other columns to store with the counts, by case; a case may be missing.
    """
    stored, keys = schema.cases.c, sorted(case_keys)
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        counts, sources = _counts(connection, some), _sources(connection, some)
        columns = (stored.case_key, stored.posts, stored.authors, stored.sources, stored.forgotten)
        known = select(*columns).where(stored.case_key.in_(some)).order_by(stored.case_key)
        for row in connection.execute(known).all():
            posts, people = counts.get(row.case_key, (0, 0))
            channels = sources[row.case_key]
            if row.forgotten:
                people, channels = max(people, row.authors), channels | set(row.sources)
            values = {"posts": posts + row.forgotten, "authors": people, "sources": sorted(channels)}
            history.touch(connection, row.case_key, **values, **new.get(row.case_key, {}))


def _counts(connection: Connection, case_keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many posts each case has, and of how many people.

    A case whose original posts were erased, so that only copies are left, is of one person.
    """
    posts, members = schema.posts.c, schema.case_posts.c
    person = case((is_copy(), None), else_=func.coalesce(posts.author, ""))
    statement = (
        select(members.case_key, func.count().label("posts"), func.count(person.distinct()).label("people"))
        .select_from(schema.case_posts.join(schema.posts, members.post_id == posts.post_id))
        .where(members.case_key.in_(case_keys))
        .group_by(members.case_key)
    )
    return {row.case_key: (row.posts, max(1, row.people)) for row in connection.execute(statement)}


def _sources(connection: Connection, case_keys: Sequence[str]) -> dict[str, set[str]]:
    posts, members = schema.posts.c, schema.case_posts.c
    statement = (
        select(members.case_key, posts.source)
        .select_from(schema.case_posts.join(schema.posts, members.post_id == posts.post_id))
        .where(members.case_key.in_(case_keys))
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(statement):
        found[row.case_key].add(row.source)
    return found


def was_taken_back() -> ColumnElement[bool]:
    """Tell whether a record of an answer was taken back."""
    changes, steps = schema.case_changes.c, schema.transitions.c
    same = (changes.case_key == steps.case_key) & (changes.what == "state") & (changes.at == steps.at)
    return (steps.state == "answered") & select(changes.id).where(same, changes.undone).exists()


def is_complaint() -> ColumnElement[bool]:
    """Return the condition for a citizen's complaint about the city; no spam."""
    posts, labels = schema.posts.c, schema.labels.c
    return posts.own.is_(False) & is_spam().is_not(True) & (labels.intent == "complaint") & labels.relevance.is_not(False)


def is_spam() -> ColumnElement[bool | None]:
    """Return the condition for spam.

    As labelled, or a copy that no person said is none.
    """
    labels = schema.labels.c
    corrected = cast(labels.corrected, Text).contains('"spam"')
    return case((is_copy() & ~corrected, True), else_=labels.spam)
