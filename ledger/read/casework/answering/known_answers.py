"""Query edits of known answers, and answers that may become one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.config.known_answers.edits import AnswerEdit
from core.records.answer import GIVEN
from core.records.answer_proposal import GivenAnswer, ProposalDecision
from core.records.post import EXAMPLE
from ledger import schema
from ledger.database import Ledger

_edits = schema.known_answer_edits
SOLVED = ("answered", "resolved")
"""States of a case whose answers may become known answers."""
WRITTEN = "written"
"""Origin of an answer that no template, known answer or table gave."""


def known_answer_edits(ledger: Ledger, answer_id: str | None = None) -> list[AnswerEdit]:
    """Return the newest edit of each answer.

    With `answer_id`: all edits of that answer, newest first."""
    statement = select(_edits)
    if answer_id is not None:
        statement = statement.where(_edits.c.answer_id == answer_id).order_by(_edits.c.revision.desc())
    else:
        newest = select(_edits.c.answer_id, func.max(_edits.c.revision).label("last")).group_by(_edits.c.answer_id)
        last = newest.subquery()
        same = (last.c.answer_id == _edits.c.answer_id) & (last.c.last == _edits.c.revision)
        statement = statement.join(last, same).order_by(_edits.c.answer_id)
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return [AnswerEdit(**{name: getattr(row, name) for name in AnswerEdit.model_fields}) for row in rows]


def proposal_decisions(ledger: Ledger) -> list[ProposalDecision]:
    """Return the proposals that were accepted or refused."""
    table = schema.answer_proposals
    with ledger.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.at, table.c.key)).all()
    return [ProposalDecision(**{name: getattr(row, name) for name in ProposalDecision.model_fields}) for row in rows]


def given_answers(ledger: Ledger, since: datetime, limit: int) -> list[GivenAnswer]:
    """Return answers written by staff to citizens of solved cases, oldest first.

    Answers of examples and archives, receipts, those that ask back, and those whose post was erased are left out.

    Args:
        ledger: the open ledger.
        since: answers given before are left out.
        limit: the most to return, the newest first.
    """
    answers, cases, posts = schema.answers.c, schema.cases.c, schema.posts.c
    statement = (
        select(
            answers.key,
            answers.text,
            cases.topic,
            answers.language,
            answers.case_key,
            answers.given_at,
            func.coalesce(posts.author, posts.post_id).label("citizen"),
            posts.text.label("question"),
        )
        .join(schema.cases, cases.case_key == answers.case_key)
        .join(schema.posts, posts.post_id == answers.post_id)
        .where(answers.state.in_(GIVEN), answers.origin == WRITTEN, ~answers.asks, ~answers.acknowledges, answers.text != "")
        .where(answers.given_at >= since, cases.state.in_(SOLVED), ~cases.replay)
        .where(~posts.own, ~posts.source.startswith(EXAMPLE, autoescape=True))
        .order_by(answers.given_at.desc(), answers.key.desc())
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    found = [GivenAnswer(**{name: getattr(row, name) for name in GivenAnswer.model_fields}) for row in rows]
    return found[::-1]


def questions_repeating(ledger: Ledger, key: str, limit: int) -> list[str]:
    """Return unanswered posts that nearly repeat the question of a draft.

    Oldest first.
    """
    checks, posts, answers = schema.answer_checks.c, schema.posts.c, schema.answers.c
    answered = select(answers.key).where(answers.post_id == checks.post_id).exists()
    statement = (
        select(checks.post_id)
        .join(schema.posts, posts.post_id == checks.post_id)
        .where(checks.repeats == key, ~answered)
        .order_by(posts.received_at, posts.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        return list(connection.execute(statement).scalars())


def count_repeating(ledger: Ledger, keys: Sequence[str]) -> dict[str, int]:
    """Count the posts of `questions_repeating` of each answer.

    Answers without any are left out.
    """
    checks, answers = schema.answer_checks.c, schema.answers.c
    answered = select(answers.key).where(answers.post_id == checks.post_id).exists()
    statement = select(checks.repeats, func.count()).where(checks.repeats.in_(keys), ~answered).group_by(checks.repeats)
    with ledger.read() as connection:
        return {str(key): int(n) for key, n in connection.execute(statement)}
