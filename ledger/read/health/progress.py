"""Count posts, cases, deliveries and answers pending at each step."""

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from core.records import Record
from core.records.case import OPEN
from ledger import schema
from ledger.answers.states import STATE, WITH_MESSAGE
from ledger.database import Ledger
from ledger.processing.annotations import MODEL


class Steps(Record):
    """Count the posts, cases, deliveries and answers in each state."""

    pending: int
    """Posts to be annotated."""
    classified: int
    quarantined: int
    """Posts that could not be annotated."""
    erased: int
    untriaged: int
    """Of the classified: no decision yet."""
    in_case: int
    in_review: int
    no_case: int
    index_pending: int
    """Posts and cases not yet in the search engine."""
    index_refused: int
    deliveries: int
    """Deliveries not yet sent."""
    answers: int
    """Approved answers not yet sent or copied, those being sent among them."""
    answers_sending: int
    """Of these, the answers that a worker is sending."""
    cases: int
    open_cases: int


def steps(ledger: Ledger) -> Steps:
    """Return all counts from one snapshot."""
    posts, cases, tombstones, deliveries = schema.posts.c, schema.cases.c, schema.tombstones.c, schema.deliveries.c
    read = posts.state == "classified"
    of_posts = select(
        *(_count(posts.state == state).label(state) for state in ("pending", "classified", "quarantined")),
        *(_count(read & (posts.decision == one)).label(one) for one in ("untriaged", "in_case", "in_review", "no_case")),
        _count(read & (posts.index_state == "pending")).label("index_pending"),
        _count(read & (posts.index_state == "refused")).label("index_refused"),
    ).select_from(schema.posts)
    of_cases = select(
        _count(cases.index_state == "pending").label("index_pending"),
        _count(cases.index_state == "refused").label("index_refused"),
        func.count().label("cases"),
        _count(cases.state.in_(sorted(OPEN))).label("open_cases"),
    ).select_from(schema.cases)
    waiting = select(func.count()).where(deliveries.state.in_(("pending", "sending", "unknown")))
    of_answers = select(
        _count(STATE.in_(("approved", "sending", "unknown"))).label("answers"), _count(STATE == "sending").label("answers_sending")
    ).select_from(WITH_MESSAGE)
    with ledger.read() as connection:
        post, case = connection.execute(of_posts).one(), connection.execute(of_cases).one()
        erased = connection.execute(select(func.count()).where(tombstones.run_id.is_not(None))).scalar_one()
        queued = connection.execute(waiting).scalar_one()
        leaving = connection.execute(of_answers).one()
    counts = dict(post._mapping) | dict(leaving._mapping) | {"cases": case.cases, "open_cases": case.open_cases}
    for name in ("index_pending", "index_refused"):
        counts[name] = post._mapping[name] + case._mapping[name]
    return Steps(**counts, erased=erased, deliveries=queued)


class Waiting(Record):
    """Count the posts that wait for a step of the pipeline."""

    pending: int
    """To be annotated."""
    untriaged: int
    """To be decided."""
    index_pending: int
    """To be indexed, cases too."""

    @property
    def processing(self) -> int:
        """Return how many posts wait to be annotated or decided."""
        return self.pending + self.untriaged


def waiting(ledger: Ledger) -> Waiting:
    """Count what waits, from partial indexes alone: pages ask this often."""
    posts, cases = schema.posts.c, schema.cases.c
    untriaged = (posts.state == "classified") & (posts.decision == "untriaged")
    unindexed = select(func.count()).where(posts.index_state == "pending", posts.state == "classified")
    queries = {
        "pending": [select(func.count()).where(posts.state == "pending")],
        "untriaged": [select(func.count()).where(untriaged)],
        "index_pending": [unindexed, select(func.count()).where(cases.index_state == "pending")],
    }
    with ledger.read() as connection:
        found = {name: sum(int(connection.execute(one).scalar_one()) for one in each) for name, each in queries.items()}
    return Waiting(**found)


def unread_posts(ledger: Ledger, since: datetime, until: datetime, source: str | None = None) -> int:
    """Count the posts written between that are not annotated and decided yet.

    From partial indexes alone. `source`: only its posts; None: all.
    """
    posts = schema.posts.c
    undecided = (posts.state == "classified") & (posts.decision == "untriaged")
    within = (posts.created_at >= since) & (posts.created_at < until)
    if source is not None:
        within &= posts.source == source
    with ledger.read() as connection:
        return sum(
            int(connection.execute(select(func.count()).where(state, within)).scalar_one())
            for state in (posts.state == "pending", undecided)
        )


def index_refusals(ledger: Ledger) -> dict[str, int]:
    """Count the documents the search engine refused, by its error type."""
    found: Counter[str] = Counter()
    with ledger.read() as connection:
        for table in (schema.posts, schema.cases):
            reason = table.c.index_reason
            refused = select(reason, func.count()).where(table.c.index_state == "refused").group_by(reason)
            for message, count in connection.execute(refused):
                found[str(message).partition(":")[0]] += count
    return dict(found.most_common())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def model_in_use(ledger: Ledger) -> str | None:
    """Return the model of the latest annotations; None before the first."""
    meta = schema.meta.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(meta.value).where(meta.name == MODEL)).scalar_one_or_none()
    return found
