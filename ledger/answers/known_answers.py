"""Draft known answers to questions, once for each revision of the answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from core.records.annotation import Annotation
from core.records.answer import Answer
from core.records.post import EXAMPLE, Post, is_example
from ledger import schema
from ledger.answers.answers import NEW
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing
from ledger.mapping import ANNOTATION, annotation_of, post_of
from ledger.processing.labels import corrections_of


def unchecked_questions(ledger: Ledger, revision: str, since: datetime, limit: int) -> list[tuple[Post, Annotation]]:
    """Return annotated questions of citizens that were not compared with this revision.

    Questions replayed from an archive, the city's own posts, spam, and questions with an answer are left out. Those of the example
    week count, so that a newcomer sees drafts; nothing can be sent to them.

    Args:
        ledger: the open ledger.
        revision: of the known answers.
        since: questions received before this moment are left alone.
        limit: the most to return.
    """
    posts, annotations, labels, checks = schema.posts, schema.annotations, schema.labels.c, schema.answer_checks.c
    checked = select(checks.post_id).where(checks.post_id == posts.c.post_id, checks.revision == revision).exists()
    answered = select(schema.answers.c.key).where(schema.answers.c.post_id == posts.c.post_id).exists()
    statement = (
        select(posts, *ANNOTATION)
        .join(annotations, annotations.c.post_id == posts.c.post_id)
        .join(schema.labels, labels.post_id == posts.c.post_id)
        .where(labels.intent == "question", labels.spam.is_not(True), ~posts.c.own)
        .where(posts.c.replayed_from.is_(None) | posts.c.source.startswith(EXAMPLE, autoescape=True))
        .where(posts.c.state == "classified", posts.c.received_at >= since, ~checked, ~answered)
        .order_by(posts.c.received_at, posts.c.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
        corrected = corrections_of(connection, [row.post_id for row in rows])
    return [(post_of(row), annotation_of(row, corrected.get(row.post_id, {}))) for row in rows]


def drafted_questions(ledger: Ledger, origins: Sequence[str], since: datetime, limit: int) -> list[tuple[str, bool, str, str]]:
    """Return the newest questions that a known answer was drafted for.

    Args:
        ledger: the open ledger.
        origins: of the answers.
        since: drafted at this moment or later.
        limit: the most to return.

    Returns:
        Of each the origin, whether it is an example, the key of the answer, and the text of the question.
    """
    answers, posts = schema.answers.c, schema.posts.c
    statement = (
        select(answers.origin, answers.channel, answers.key, posts.text)
        .join(schema.posts, posts.post_id == answers.post_id)
        .where(answers.origin.in_(origins), answers.at >= since, answers.who == ESCUCHA)
        .order_by(answers.at.desc(), answers.key)
        .limit(limit)
    )
    with ledger.read() as connection:
        return [(row.origin, is_example(row.channel), row.key, row.text) for row in connection.execute(statement)]


def store_known_answers(ledger: Ledger, found: Mapping[str, Answer | str | None], revision: str, now: datetime) -> int:
    """Store which questions were compared, and the drafts found.

    Returns the number of new drafts.

    Args:
        ledger: the open ledger.
        found: of each question its draft; the key of the answer to an earlier question in nearly the same words; or None.
        revision: of the known answers.
        now: the time.
    """
    columns = ("key", "batch", "case_key", "post_id", "channel", "language", "text", "origin")
    drafted = 0
    with writing(ledger) as connection:
        posts, members, answers = schema.posts.c, schema.case_posts.c, schema.answers
        there = set(connection.execute(select(posts.post_id).where(posts.post_id.in_(list(found)))).scalars())
        for post_id in sorted(there):
            answer = found[post_id]
            repeats = answer if isinstance(answer, str) else None
            row = {"post_id": post_id, "revision": revision, "at": now, "repeats": repeats}
            check = insert(connection, schema.answer_checks).values(**row)
            new = {name: check.excluded[name] for name in ("revision", "at", "repeats")}
            connection.execute(check.on_conflict_do_update(index_elements=["post_id"], set_=new))
            if (
                answer is None
                or isinstance(answer, str)
                or connection.execute(select(answers.c.key).where(answers.c.post_id == post_id)).first()
            ):
                continue
            case_key = connection.execute(select(members.case_key).where(members.post_id == post_id)).scalar_one_or_none()
            values = {name: getattr(answer, name) for name in columns} | NEW
            connection.execute(answers.insert(), values | {"case_key": case_key, "who": ESCUCHA, "at": now})
            drafted += 1
    return drafted
