"""How far the work has got: how many posts, cases and deliveries wait at each step."""

from collections import Counter

from sqlalchemy import ColumnElement, func, select

from core.records import Record
from ledger import schema
from ledger.database import Ledger
from ledger.processing.annotations import MODEL


class Steps(Record):
    """How many stand where."""

    pending: int
    """Posts that wait for the reader."""
    classified: int
    quarantined: int
    """Posts the reader could not handle."""
    erased: int
    untriaged: int
    """Of the classified: wait for a decision."""
    in_case: int
    in_review: int
    no_case: int
    index_pending: int
    """Posts and cases the search engine has yet to get."""
    index_refused: int
    deliveries: int
    """Wait to leave the house."""
    cases: int
    open_cases: int


def steps(ledger: Ledger) -> Steps:
    """All counts from one moment."""
    posts, cases, stubs, deliveries = schema.posts.c, schema.cases.c, schema.stubs.c, schema.deliveries.c
    read = posts.state == "classified"
    of_posts = select(
        *(_count(posts.state == state).label(state) for state in ("pending", "classified", "quarantined")),
        *(
            _count(read & (posts.decision == one)).label(one)
            for one in ("untriaged", "in_case", "in_review", "no_case")
        ),
        _count(read & (posts.index_state == "pending")).label("index_pending"),
        _count(read & (posts.index_state == "refused")).label("index_refused"),
    ).select_from(schema.posts)
    of_cases = select(
        _count(cases.index_state == "pending").label("index_pending"),
        _count(cases.index_state == "refused").label("index_refused"),
        func.count().label("cases"),
        _count(cases.state.in_(("new", "assigned", "answered"))).label("open_cases"),
    ).select_from(schema.cases)
    waiting = select(func.count()).where(deliveries.state.in_(("pending", "sending", "unknown")))
    with ledger.read() as connection:
        post, case = connection.execute(of_posts).one(), connection.execute(of_cases).one()
        erased = connection.execute(select(func.count()).where(stubs.run_id.is_not(None))).scalar_one()
        queued = connection.execute(waiting).scalar_one()
    counts = dict(post._mapping) | {"cases": case.cases, "open_cases": case.open_cases}
    for name in ("index_pending", "index_refused"):
        counts[name] = post._mapping[name] + case._mapping[name]
    return Steps(**counts, erased=erased, deliveries=queued)


def index_refusals(ledger: Ledger) -> dict[str, int]:
    """How many documents the search engine refused, by its own name for the fault."""
    found: Counter[str] = Counter()
    with ledger.read() as connection:
        for table in (schema.posts, schema.cases):
            reason = table.c.index_reason
            refused = select(reason, func.count()).where(table.c.index_state == "refused").group_by(reason)
            for words, count in connection.execute(refused):
                found[str(words).partition(":")[0]] += count
    return dict(found.most_common())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def model_in_use(ledger: Ledger) -> str | None:
    """The model that read the latest posts; None before the first."""
    meta = schema.meta.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(meta.value).where(meta.name == MODEL)).scalar_one_or_none()
    return found
