"""Query people, changes and related cases of a case."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from core.records import Record
from ledger import schema
from ledger.cases.history import changes
from ledger.cases.history.changes import Change
from ledger.database import Ledger
from ledger.mapping import CHUNK


class TopicGuess(NamedTuple):
    """Hold what a case's posts vote for, too uncertain to decide."""

    topic: str
    incident_key: str


class CaseWork(Record):
    """Hold who works on a case and which cases belong to it."""

    assignee: str | None
    watchers: tuple[str, ...]
    merged_into: str | None
    merged: tuple[str, ...]
    """Cases that were merged into it."""
    parent: str | None
    """The case of the common cause."""
    published: bool | None
    """What a person decided for the citizens' pages; None: the profile's rule."""
    children: tuple[str, ...]
    changes: tuple[Change, ...]
    """Oldest first."""


def case_work(ledger: Ledger, case_key: str) -> CaseWork | None:
    """Return people, changes and related cases of a case.

    Returns None when there is no such case.
    """
    cases, watchers, made = schema.cases.c, schema.case_watchers.c, schema.case_changes.c
    with ledger.read() as connection:
        case = connection.execute(select(schema.cases).where(cases.case_key == case_key)).one_or_none()
        if case is None:
            return None
        merged = select(cases.case_key).where(cases.merged_into == case_key).order_by(cases.case_key)
        children = select(cases.case_key).where(cases.parent == case_key).order_by(cases.case_key)
        watching = select(watchers.who).where(watchers.case_key == case_key).order_by(watchers.who)
        changed = select(*(made[name] for name in Change.model_fields)).where(made.case_key == case_key)
        return CaseWork(
            assignee=case.assignee,
            watchers=tuple(connection.execute(watching).scalars()),
            merged_into=case.merged_into,
            merged=tuple(connection.execute(merged).scalars()),
            parent=case.parent,
            published=case.published,
            children=tuple(connection.execute(children).scalars()),
            changes=tuple(Change(**row) for row in connection.execute(changed.order_by(made.id)).mappings()),
        )


def topic_guesses(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, TopicGuess]:
    """Return the guesses of the cases that ask for their service."""
    cases = schema.cases.c
    asked = select(cases.case_key, cases.topic_guess, cases.incident_key).where(cases.topic_guess.is_not(None))
    found: dict[str, TopicGuess] = {}
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = cases.case_key.in_(case_keys[start : start + CHUNK])
            for row in connection.execute(asked.where(some)):
                found[row.case_key] = TopicGuess(row.topic_guess, row.incident_key)
    return found


def incident_key_of(ledger: Ledger, case_key: str) -> str | None:
    """Return the incident key of a case; None: no such case."""
    cases = schema.cases.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(cases.incident_key).where(cases.case_key == case_key)).scalar_one_or_none()
    return found


def cases_to_vote(ledger: Ledger, limit: int) -> list[str]:
    """Return cases that need a new vote, in order of their keys.

    People changed their posts, and they have not voted again.
    """
    cases = schema.cases.c
    statement = select(cases.case_key).where(cases.vote_due, cases.state != "merged").order_by(cases.case_key)
    with ledger.read() as connection:
        return list(connection.execute(statement.limit(limit)).scalars())


def is_due(ledger: Ledger, case_key: str) -> tuple[bool, bool]:
    """Return whether a case needs a new vote, and a new priority."""
    cases = schema.cases.c
    with ledger.read() as connection:
        row = connection.execute(select(cases.vote_due, cases.priority_due).where(cases.case_key == case_key)).one_or_none()
    return (False, False) if row is None else (row.vote_due, row.priority_due)


def pinned_fields(ledger: Ledger, case_key: str) -> frozenset[str]:
    """Return which of topic, department and place a person set."""
    with ledger.read() as connection:
        return changes.pinned_fields(connection, case_key)


def cases_of_change(ledger: Ledger, change_id: int) -> list[str]:
    """Return the keys of the cases that a change was about."""
    made = schema.case_changes.c
    with ledger.read() as connection:
        row = connection.execute(select(made.case_key, made.after).where(made.id == change_id)).one_or_none()
    return [] if row is None else [row.case_key, *([row.after["case"]] if "case" in row.after else [])]
