"""Query what happened to cases, for systems that follow them by Open311."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select

from core.records import Record, UtcDatetime
from core.records.answer import GIVEN
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK

_UNSAID = ("new", "merged")
"""Steps that are no news about a report: it was received, and its case goes on under another key."""


class Step(Record):
    """Hold a step of a case."""

    id: int
    case_key: str
    state: str
    at: UtcDatetime


class ReportNews(Record):
    """Hold a step of a report's case, or an answer to it."""

    number: str
    origin: str
    """Of the report: native id and links, encrypted."""
    key: str
    """Stable: "step ID" or "answer KEY"."""
    at: UtcDatetime
    post_id: str
    state: str
    """Of the case at that time."""
    text: str | None
    """Of the answer; None: a step."""


def steps_between(ledger: Ledger, case_keys: Sequence[str], since: datetime, until: datetime) -> list[Step]:
    """Return the steps of these cases in a period.

    How they began is left out. `until` itself does not belong to the period.
    """
    steps, found = schema.transitions.c, []
    columns = [steps[name] for name in Step.model_fields]
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            mine = steps.case_key.in_(case_keys[start : start + CHUNK])
            statement = select(*columns).where(mine, steps.at >= since, steps.at < until, steps.state != "new")
            found += [Step(**row) for row in connection.execute(statement).mappings()]
    return found


def report_news(ledger: Ledger, since: datetime, until: datetime) -> list[ReportNews]:
    """Return what happened in a period to reports that have a receipt.

    A merged case: also the steps of the one it was merged into.
    """
    steps, cases, answers = schema.transitions.c, schema.cases.c, schema.answers.c
    receipts, origins = schema.receipts.c, schema.origins.c
    stepped = (
        select(receipts.number, receipts.post_id, origins.origin, steps.id, steps.state, steps.at)
        .join(schema.origins, origins.post_id == receipts.post_id)
        .join(schema.case_posts, schema.case_posts.c.post_id == receipts.post_id)
        .join(schema.cases, cases.case_key == schema.case_posts.c.case_key)
        .join(schema.transitions, or_(cases.case_key == steps.case_key, cases.merged_into == steps.case_key))
        .where(steps.at >= since, steps.at < until, steps.state.not_in(_UNSAID))
    )
    then = schema.transitions.alias("then")
    stood = (
        select(then.c.state)
        .where(then.c.case_key == answers.case_key, then.c.at <= answers.given_at)
        .order_by(then.c.at.desc(), then.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    answered = (
        select(receipts.number, receipts.post_id, origins.origin, answers.key, answers.text, answers.given_at, stood.label("state"))
        .join(schema.origins, origins.post_id == receipts.post_id)
        .join(schema.answers, answers.post_id == receipts.post_id)
        .where(answers.state.in_(GIVEN), answers.text != "", answers.given_at >= since, answers.given_at < until)
    )
    with ledger.read() as connection:
        found = [
            ReportNews(
                number=row.number, post_id=row.post_id, origin=row.origin, key=f"step {row.id}", at=row.at, state=row.state, text=None
            )
            for row in connection.execute(stepped)
        ]
        found += [
            ReportNews(
                number=row.number,
                post_id=row.post_id,
                origin=row.origin,
                key=f"answer {row.key}",
                at=row.given_at,
                state=row.state or "new",
                text=row.text,
            )
            for row in connection.execute(answered)
        ]
    return found
